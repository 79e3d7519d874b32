/*
 * Compiled by iasl after the C preprocessor, for the two macros.
 *
 * What the machine's fixed tables can't say: its PCI host bridge and its ISA devices.
 *
 * Everything that depends on the configuration comes from the generated SSDT (acpi_config_table.cpp),
 * which is loaded after this table and before any of its methods runs.
 */
DefinitionBlock ("", "DSDT", 2, "MINIVM", "MINIVMM ", 0x00000001)
{
    External (\ECMB, IntObj) /* ECAM: first address, size in bytes; 0: none */
    External (\ECML, IntObj)
    External (\M32B, IntObj) /* window for 32-bit BARs */
    External (\M32L, IntObj)
    External (\M64B, IntObj) /* window for 64-bit BARs; size 0: none */
    External (\M64L, IntObj)
    External (\PIOB, IntObj) /* window for I/O BARs */
    External (\PIOL, IntObj)
    External (\PMIO, IntObj) /* ACPI's ports */
    External (\PMIL, IntObj)
    External (\COMS, IntObj) /* bit n: COM(n+1) exists */
    External (\KBDC, IntObj) /* 1: there is a keyboard controller */
    External (\FWCF, IntObj) /* first port of fw_cfg; 0: none */

    /* 5.8.1: the OS says how it uses interrupts: 0 PIC, 1 APIC. */
    Name (PICM, Zero)
    Method (_PIC, 1, NotSerialized)
    {
        PICM = Arg0
    }

    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A08")) /* PCI Express host bridge */
            Name (_CID, EisaId ("PNP0A03"))
            Name (_UID, Zero)
            Name (_SEG, Zero)
            Name (_BBN, Zero)

            /* Lengths of one byte keep the templates valid until _CRS has filled them in. */
            Name (WIN, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    0x0000, 0x0000, 0x0000, 0x0000, 0x0001)
                IO (Decode16, 0x0CF8, 0x0CF8, 0x01, 0x08)
                /* What the ISA bridge passes on: the ISA devices below, and ACPI's ports. */
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0x0000, 0x0000, 0x0CF7, 0x0000, 0x0CF8)
                /* The window of a VGA. */
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Cacheable,
                    ReadWrite, 0x00000000, 0x000A0000, 0x000BFFFF, 0x00000000, 0x00020000)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0x0000, 0x0000, 0x0000, 0x0000, 0x0001, , , WIO)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable,
                    ReadWrite, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000001, , , W32)
            })
            Name (WINH, ResourceTemplate ()
            {
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable,
                    ReadWrite, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000001, , , W64)
            })
            Method (_CRS, 0, Serialized)
            {
                CreateWordField (WIN, ^WIO._MIN, IOMN)
                CreateWordField (WIN, ^WIO._MAX, IOMX)
                CreateWordField (WIN, ^WIO._LEN, IOLN)
                IOMN = \PIOB
                IOMX = \PIOB + \PIOL - 1
                IOLN = \PIOL
                CreateDWordField (WIN, ^W32._MIN, MMN)
                CreateDWordField (WIN, ^W32._MAX, MMX)
                CreateDWordField (WIN, ^W32._LEN, MLN)
                MMN = \M32B
                MMX = \M32B + \M32L - 1
                MLN = \M32L
                If (\M64L == Zero)
                {
                    Return (WIN)
                }
                CreateQWordField (WINH, ^W64._MIN, HMN)
                CreateQWordField (WINH, ^W64._MAX, HMX)
                CreateQWordField (WINH, ^W64._LEN, HLN)
                HMN = \M64B
                HMX = \M64B + \M64L - 1
                HLN = \M64L
                Return (ConcatenateResTemplate (WIN, WINH))
            }

            /*
             * PCI Firmware 3.3, 4.5: there is nothing here that firmware would keep for itself, so
             * the OS is granted whatever it asks for.
             */
            Method (_OSC, 4, NotSerialized)
            {
                CreateDWordField (Arg3, 0, STAT)
                If (Arg0 != ToUUID ("33DB4D5B-1FF7-401C-9657-7441C03DD766"))
                {
                    STAT |= 0x04 /* unrecognised UUID */
                }
                ElseIf (Arg1 != One)
                {
                    STAT |= 0x08 /* unrecognised revision */
                }
                Return (Arg3)
            }

            /*
             * INTA to INTD of slot s are wired to GSI 16 + ((s + pin) & 7): eight inputs of the
             * IOAPIC. With the PIC the same eight wires share IRQ 10 and 11, two by two.
             */
            Method (_PRT, 0, Serialized)
            {
                If (PICM == Zero)
                {
                    Return (PRTP)
                }
                Return (PRTA)
            }

#define SLOT(address, a, b, c, d)                  \
                Package () { address, 0, Zero, a }, \
                Package () { address, 1, Zero, b }, \
                Package () { address, 2, Zero, c }, \
                Package () { address, 3, Zero, d }

            Name (PRTA, Package ()
            {
                SLOT (0x0000FFFF, 16, 17, 18, 19),
                SLOT (0x0001FFFF, 17, 18, 19, 20),
                SLOT (0x0002FFFF, 18, 19, 20, 21),
                SLOT (0x0003FFFF, 19, 20, 21, 22),
                SLOT (0x0004FFFF, 20, 21, 22, 23),
                SLOT (0x0005FFFF, 21, 22, 23, 16),
                SLOT (0x0006FFFF, 22, 23, 16, 17),
                SLOT (0x0007FFFF, 23, 16, 17, 18),
                SLOT (0x0008FFFF, 16, 17, 18, 19),
                SLOT (0x0009FFFF, 17, 18, 19, 20),
                SLOT (0x000AFFFF, 18, 19, 20, 21),
                SLOT (0x000BFFFF, 19, 20, 21, 22),
                SLOT (0x000CFFFF, 20, 21, 22, 23),
                SLOT (0x000DFFFF, 21, 22, 23, 16),
                SLOT (0x000EFFFF, 22, 23, 16, 17),
                SLOT (0x000FFFFF, 23, 16, 17, 18),
                SLOT (0x0010FFFF, 16, 17, 18, 19),
                SLOT (0x0011FFFF, 17, 18, 19, 20),
                SLOT (0x0012FFFF, 18, 19, 20, 21),
                SLOT (0x0013FFFF, 19, 20, 21, 22),
                SLOT (0x0014FFFF, 20, 21, 22, 23),
                SLOT (0x0015FFFF, 21, 22, 23, 16),
                SLOT (0x0016FFFF, 22, 23, 16, 17),
                SLOT (0x0017FFFF, 23, 16, 17, 18),
                SLOT (0x0018FFFF, 16, 17, 18, 19),
                SLOT (0x0019FFFF, 17, 18, 19, 20),
                SLOT (0x001AFFFF, 18, 19, 20, 21),
                SLOT (0x001BFFFF, 19, 20, 21, 22),
                SLOT (0x001CFFFF, 20, 21, 22, 23),
                SLOT (0x001DFFFF, 21, 22, 23, 16),
                SLOT (0x001EFFFF, 22, 23, 16, 17),
                SLOT (0x001FFFFF, 23, 16, 17, 18)
            })
            Name (PRTP, Package ()
            {
                SLOT (0x0000FFFF, 10, 10, 11, 11),
                SLOT (0x0001FFFF, 10, 11, 11, 10),
                SLOT (0x0002FFFF, 11, 11, 10, 10),
                SLOT (0x0003FFFF, 11, 10, 10, 11),
                SLOT (0x0004FFFF, 10, 10, 11, 11),
                SLOT (0x0005FFFF, 10, 11, 11, 10),
                SLOT (0x0006FFFF, 11, 11, 10, 10),
                SLOT (0x0007FFFF, 11, 10, 10, 11),
                SLOT (0x0008FFFF, 10, 10, 11, 11),
                SLOT (0x0009FFFF, 10, 11, 11, 10),
                SLOT (0x000AFFFF, 11, 11, 10, 10),
                SLOT (0x000BFFFF, 11, 10, 10, 11),
                SLOT (0x000CFFFF, 10, 10, 11, 11),
                SLOT (0x000DFFFF, 10, 11, 11, 10),
                SLOT (0x000EFFFF, 11, 11, 10, 10),
                SLOT (0x000FFFFF, 11, 10, 10, 11),
                SLOT (0x0010FFFF, 10, 10, 11, 11),
                SLOT (0x0011FFFF, 10, 11, 11, 10),
                SLOT (0x0012FFFF, 11, 11, 10, 10),
                SLOT (0x0013FFFF, 11, 10, 10, 11),
                SLOT (0x0014FFFF, 10, 10, 11, 11),
                SLOT (0x0015FFFF, 10, 11, 11, 10),
                SLOT (0x0016FFFF, 11, 11, 10, 10),
                SLOT (0x0017FFFF, 11, 10, 10, 11),
                SLOT (0x0018FFFF, 10, 10, 11, 11),
                SLOT (0x0019FFFF, 10, 11, 11, 10),
                SLOT (0x001AFFFF, 11, 11, 10, 10),
                SLOT (0x001BFFFF, 11, 10, 10, 11),
                SLOT (0x001CFFFF, 10, 10, 11, 11),
                SLOT (0x001DFFFF, 10, 11, 11, 10),
                SLOT (0x001EFFFF, 11, 11, 10, 10),
                SLOT (0x001FFFFF, 11, 10, 10, 11)
            })

            Device (ISA)
            {
                Name (_ADR, 0x001F0000)

                Device (RTC)
                {
                    Name (_HID, EisaId ("PNP0B00"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0070, 0x0070, 0x01, 0x02)
                        IRQNoFlags () {8}
                    })
                }

                Device (KBD)
                {
                    Name (_HID, EisaId ("PNP0303"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0060, 0x0060, 0x01, 0x01)
                        IO (Decode16, 0x0064, 0x0064, 0x01, 0x01)
                        IRQNoFlags () {1}
                    })
                    Method (_STA, 0, NotSerialized)
                    {
                        Return (\KBDC * 0x0F)
                    }
                }

                Device (MOU)
                {
                    Name (_HID, EisaId ("PNP0F13"))
                    Name (_CRS, ResourceTemplate ()
                    {
                        IRQNoFlags () {12}
                    })
                    Method (_STA, 0, NotSerialized)
                    {
                        Return (\KBDC * 0x0F)
                    }
                }

#define UART(name, uid, port, irq)                             \
                Device (name)                                  \
                {                                              \
                    Name (_HID, EisaId ("PNP0501"))            \
                    Name (_UID, uid)                           \
                    Name (_CRS, ResourceTemplate ()            \
                    {                                          \
                        IO (Decode16, port, port, 0x00, 0x08)  \
                        IRQNoFlags () {irq}                    \
                    })                                         \
                    Method (_STA, 0, NotSerialized)            \
                    {                                          \
                        Return (((\COMS >> (uid - 1)) & 1) * 0x0F) \
                    }                                          \
                }

                /* QEMU, docs/specs/fw_cfg, "ACPI Interface": present, but not shown to users. */
                Device (FWC0)
                {
                    Name (_HID, "QEMU0002")
                    Name (RES, ResourceTemplate ()
                    {
                        IO (Decode16, 0x0000, 0x0000, 0x01, 0x0C, POR)
                    })
                    Method (_CRS, 0, Serialized)
                    {
                        CreateWordField (RES, ^POR._MIN, PMIN)
                        CreateWordField (RES, ^POR._MAX, PMAX)
                        PMIN = \FWCF
                        PMAX = \FWCF
                        Return (RES)
                    }
                    Method (_STA, 0, NotSerialized)
                    {
                        If (\FWCF == Zero)
                        {
                            Return (Zero)
                        }
                        Return (0x0B)
                    }
                }

                UART (COM1, 1, 0x03F8, 4)
                UART (COM2, 2, 0x02F8, 3)
                UART (COM3, 3, 0x03E8, 4)
                UART (COM4, 4, 0x02E8, 3)
            }
        }

        /* What the chipset occupies itself; the OS must see the ECAM here to trust MCFG. */
        Device (MBRD)
        {
            Name (_HID, EisaId ("PNP0C02"))
            Name (_UID, One)
            Name (PMRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0000, 0x0000, 0x01, 0x01, PMR)
            })
            Name (ECRS, ResourceTemplate ()
            {
                Memory32Fixed (ReadOnly, 0x00000000, 0x00000001, ECR)
            })
            Method (_CRS, 0, Serialized)
            {
                CreateWordField (PMRS, ^PMR._MIN, PMN)
                CreateWordField (PMRS, ^PMR._MAX, PMX)
                CreateByteField (PMRS, ^PMR._LEN, PML)
                PMN = \PMIO
                PMX = \PMIO
                PML = \PMIL
                If (\ECML == Zero)
                {
                    Return (PMRS)
                }
                CreateDWordField (ECRS, ^ECR._BAS, ECB)
                CreateDWordField (ECRS, ^ECR._LEN, ECL)
                ECB = \ECMB
                ECL = \ECML
                Return (ConcatenateResTemplate (PMRS, ECRS))
            }
        }
    }
}
