#include "debug/line_source.h"

#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "host/shared_library.h"

namespace minivmm::debug {
namespace {

// Whether fd has something to read before wake_fd has.
bool wait_for_input(int fd, int wake_fd) {
  constexpr int kForever = -1;
  std::array<pollfd, 2> polled{pollfd{fd, POLLIN, 0}, pollfd{wake_fd, POLLIN, 0}};
  while (::poll(polled.data(), polled.size(), kForever) < 0 && errno == EINTR) {
  }
  return polled[1].revents == 0;
}

class PlainLines final : public LineSource {
 public:
  explicit PlainLines(int fd, bool prompts = false) : fd_(fd), prompts_(prompts) {}

  Line next(std::string_view prompt, int wake_fd) override {
    if (prompts_) {
      std::fwrite(prompt.data(), 1, prompt.size(), stdout);
      std::fflush(stdout);
    }
    for (;;) {
      const auto end = buffer_.find('\n');
      if (end != std::string::npos) {
        Line line{.text = buffer_.substr(0, end)};
        buffer_.erase(0, end + 1);
        echo(prompt, line.text);
        return line;
      }
      if (!wait_for_input(fd_, wake_fd)) return {.end = End::kWoken};
      std::array<char, 4096> bytes;
      const ssize_t got = ::read(fd_, bytes.data(), bytes.size());
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) {
        if (buffer_.empty()) return {.end = End::kInputOver};
        echo(prompt, buffer_);
        return {.text = std::exchange(buffer_, {})};
      }
      buffer_.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  void echo(std::string_view prompt, std::string_view line) const {
    if (prompts_) return;  // Somebody typed it.
    std::fwrite(prompt.data(), 1, prompt.size(), stdout);
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
  }

  const int fd_;
  const bool prompts_;
  std::string buffer_;
};

// libedit's functions, loaded when somebody sits at a prompt.
struct Editing {
  SharedLibrary library{"libedit.so.2"};
  decltype(&el_init) init = library.bind<decltype(&el_init)>("el_init");
  decltype(&el_end) end = library.bind<decltype(&el_end)>("el_end");
  decltype(&el_set) set = library.bind<decltype(&el_set)>("el_set");
  decltype(&el_wset) wide_set = library.bind<decltype(&el_wset)>("el_wset");
  decltype(&el_get) get = library.bind<decltype(&el_get)>("el_get");
  decltype(&el_gets) gets = library.bind<decltype(&el_gets)>("el_gets");
  decltype(&el_line) line = library.bind<decltype(&el_line)>("el_line");
  decltype(&el_insertstr) insert = library.bind<decltype(&el_insertstr)>("el_insertstr");
  decltype(&history) list = library.bind<decltype(&history)>("history");
  decltype(&history_init) list_init = library.bind<decltype(&history_init)>("history_init");
  decltype(&history_end) list_end = library.bind<decltype(&history_end)>("history_end");
  [[nodiscard]] bool works() const {
    return init != nullptr && end != nullptr && set != nullptr && wide_set != nullptr &&
           get != nullptr && gets != nullptr && line != nullptr && insert != nullptr &&
           list != nullptr && list_init != nullptr && list_end != nullptr;
  }
};

class EditedLines final : public LineSource {
 public:
  EditedLines(const Editing& editing, Completer completer)
      : editing_(editing), completer_(std::move(completer)), history_(editing_.list_init()) {
    constexpr int kRemembered = 500;
    HistEvent event{};
    editing_.list(history_, &event, H_SETSIZE, kRemembered);
    editor_ = editing_.init("minivmm", stdin, stdout, stderr);
    editing_.set(editor_, EL_CLIENTDATA, this);
    editing_.set(
        editor_, EL_PROMPT, +[](EditLine* editor) { return of(editor).prompt_.data(); });
    editing_.set(editor_, EL_EDITOR, "emacs");
    editing_.set(editor_, EL_HIST, editing_.list, history_);
    // Of narrow texts libedit would make copies that nobody frees.
    editing_.wide_set(
        editor_, EL_ADDFN, L"complete", L"Complete a word",
        +[](EditLine* editor, int) { return of(editor).complete(); });
    editing_.set(editor_, EL_BIND, "^I", "complete", nullptr);
    editing_.set(
        editor_, EL_GETCFN, +[](EditLine* editor, wchar_t* to) { return of(editor).read_key(to); });
  }
  ~EditedLines() override {
    // What ends now is the prompt's alone: the guest may have the terminal again, and its settings.
    editing_.set(editor_, EL_EDITMODE, 0);
    editing_.end(editor_);
    editing_.list_end(history_);
  }
  EditedLines(const EditedLines&) = delete;
  EditedLines& operator=(const EditedLines&) = delete;

  Line next(std::string_view prompt, int wake_fd) override {
    prompt_ = prompt;
    wake_fd_ = wake_fd;
    woken_ = false;
    // The terminal is taken only while the prompt has it: the guest's serial line has it else.
    editing_.set(editor_, EL_PREP_TERM, 1);
    int size = 0;
    const char* text = editing_.gets(editor_, &size);
    editing_.set(editor_, EL_PREP_TERM, 0);
    if (woken_) return {.end = End::kWoken};
    if (text == nullptr || size <= 0) return {.end = End::kInputOver};
    Line line{.text = std::string(text, static_cast<std::size_t>(size))};
    while (!line.text.empty() && line.text.back() == '\n') line.text.pop_back();
    // As gdb has it: Enter alone repeats.
    if (line.text.empty()) line.text = last_;
    last_ = line.text;
    HistEvent event{};
    if (!line.text.empty()) editing_.list(history_, &event, H_ENTER, line.text.c_str());
    return line;
  }

 private:
  static EditedLines& of(EditLine* editor) {
    void* self = nullptr;
    static const Editing editing;
    editing.get(editor, EL_CLIENTDATA, &self);
    return *static_cast<EditedLines*>(self);
  }

  int read_key(wchar_t* to) {
    if (!wait_for_input(STDIN_FILENO, wake_fd_)) {
      woken_ = true;
      return 0;
    }
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) != 1) return 0;
    *to = static_cast<unsigned char>(key);
    return 1;
  }

  unsigned char complete() {
    const LineInfo* info = editing_.line(editor_);
    const std::string_view typed(info->buffer,
                                 static_cast<std::size_t>(info->cursor - info->buffer));
    const Completion found = completer_(typed);
    if (found.words.empty()) return CC_ERROR;
    std::string rest = found.common_rest();
    if (found.words.size() == 1) rest += " ";
    if (rest.empty()) {
      show(found.words);
      return CC_REDISPLAY;
    }
    editing_.insert(editor_, rest.c_str());
    return CC_REFRESH;
  }

  static void show(const std::vector<std::string>& words) {
    constexpr std::size_t kMost = 100;
    for (std::size_t n = 0; n < std::min(words.size(), kMost); ++n)
      std::printf("%s%s", n == 0 ? "\n" : "  ", words[n].c_str());
    if (words.size() > kMost) std::printf("  and %zu more", words.size() - kMost);
    std::printf("\n");
  }

  const Editing editing_;
  const Completer completer_;
  History* history_;
  EditLine* editor_ = nullptr;
  std::string prompt_;
  std::string last_;
  int wake_fd_ = -1;
  bool woken_ = false;
};

}  // namespace

std::unique_ptr<LineSource> plain_lines(int fd) {
  return std::make_unique<PlainLines>(fd);
}

std::unique_ptr<LineSource> edited_lines(Completer completer) {
  const Editing editing;
  if (!editing.works()) return std::make_unique<PlainLines>(STDIN_FILENO, true);
  return std::make_unique<EditedLines>(editing, std::move(completer));
}

}  // namespace minivmm::debug
