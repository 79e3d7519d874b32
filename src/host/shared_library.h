#pragma once
// A shared library that is loaded when it is first needed, because linking with it would cost every
// start (docs/decisions/0021).

namespace minivmm {

/// Stays loaded until the process ends. Threads: any.
class SharedLibrary {
 public:
  /// name is the library's soname, whose version fixes its interface. Never throws: where it is not
  /// installed, loaded() answers false.
  explicit SharedLibrary(const char* name);

  [[nodiscard]] bool loaded() const { return handle_ != nullptr; }
  /// Null: the library isn't there or has no such function.
  [[nodiscard]] void* symbol(const char* name) const;
  /// function is only named, for its type: bind<decltype(&el_gets)>("el_gets").
  template <typename Function>
  [[nodiscard]] Function bind(const char* name) const {
    return reinterpret_cast<Function>(symbol(name));
  }

 private:
  void* handle_ = nullptr;
};

}  // namespace minivmm
