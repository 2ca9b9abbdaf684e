// libdw of elfutils, loaded only where it is installed: unwinding tables, symbols and line numbers.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Symbols;

/// <summary>One operation of a DWARF expression, Dwarf_Op.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DwarfOp
{
    public byte Atom;
    public ulong Number;
    public ulong Number2;
    public ulong Offset;
}

/// <summary>An entry of a symbol table, Elf64_Sym.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ElfSymbol
{
    public const int NoType = 0;
    public const int Function = 2;
    public const int IndirectFunction = 10;

    public uint Name;
    public byte Info;
    public byte Other;
    public ushort Section;
    public ulong Value;
    public ulong Size;

    public readonly int Type => Info & 0xf;
}

/// <summary>The functions of libdw.so.1 that are used. Its structures are opaque here; it is not thread-safe for one session.</summary>
internal sealed unsafe partial class Libdw
{
    private const string FileName = "libdw.so.1";
    private const string ServersVariable = "DEBUGINFOD_URLS";

    private static readonly Lazy<Libdw?> Loaded = new(Load);

    private readonly nint _library;
    private readonly DwflCallbacks* _callbacks;

    private Libdw(nint library)
    {
        _library = library;
        _callbacks = (DwflCallbacks*)NativeMemory.Alloc((nuint)sizeof(DwflCallbacks));
        *_callbacks = new DwflCallbacks(Export("dwfl_linux_proc_find_elf"), Export("dwfl_standard_find_debuginfo"));
        _begin = (delegate* unmanaged<DwflCallbacks*, nint>)Export("dwfl_begin");
        End = (delegate* unmanaged<nint, void>)Export("dwfl_end");
        ReportBegin = (delegate* unmanaged<nint, void>)Export("dwfl_report_begin");
        ReportProcess = (delegate* unmanaged<nint, int, int>)Export("dwfl_linux_proc_report");
        ReportEnd = (delegate* unmanaged<nint, nint, nint, int>)Export("dwfl_report_end");
        ModuleAt = (delegate* unmanaged<nint, ulong, nint>)Export("dwfl_addrmodule");
        ModuleInfo = (delegate* unmanaged<nint, void***, ulong*, ulong*, ulong*, ulong*, byte**, byte**, byte*>)Export("dwfl_module_info");
        EhFrame = (delegate* unmanaged<nint, ulong*, nint>)Export("dwfl_module_eh_cfi");
        DebugFrame = (delegate* unmanaged<nint, ulong*, nint>)Export("dwfl_module_dwarf_cfi");
        SymbolCount = (delegate* unmanaged<nint, int>)Export("dwfl_module_getsymtab");
        SymbolInfo = (delegate* unmanaged<nint, int, ElfSymbol*, ulong*, uint*, nint*, ulong*, byte*>)Export("dwfl_module_getsym_info");
        SourceLine = (delegate* unmanaged<nint, ulong, nint>)Export("dwfl_module_getsrc");
        LineInfo = (delegate* unmanaged<nint, ulong*, int*, int*, ulong*, ulong*, byte*>)Export("dwfl_lineinfo");
        FrameAt = (delegate* unmanaged<nint, ulong, nint*, int>)Export("dwarf_cfi_addrframe");
        FrameInfo = (delegate* unmanaged<nint, ulong*, ulong*, byte*, int>)Export("dwarf_frame_info");
        FrameCfa = (delegate* unmanaged<nint, DwarfOp**, nuint*, int>)Export("dwarf_frame_cfa");
        FrameRegister = (delegate* unmanaged<nint, int, DwarfOp*, DwarfOp**, nuint*, int>)Export("dwarf_frame_register");
    }

    /// <summary>libdw, or null if it is not installed.</summary>
    public static Libdw? Instance => Loaded.Value;

    /// <summary>dwfl_end: closes a session and frees all that came from it.</summary>
    public delegate* unmanaged<nint, void> End { get; }

    /// <summary>dwfl_report_begin: forgets the modules, to be told anew.</summary>
    public delegate* unmanaged<nint, void> ReportBegin { get; }

    /// <summary>dwfl_linux_proc_report: reports the modules mapped in a process. 0: done.</summary>
    public delegate* unmanaged<nint, int, int> ReportProcess { get; }

    /// <summary>dwfl_report_end: done reporting.</summary>
    public delegate* unmanaged<nint, nint, nint, int> ReportEnd { get; }

    /// <summary>dwfl_addrmodule: the module at an address, or 0.</summary>
    public delegate* unmanaged<nint, ulong, nint> ModuleAt { get; }

    /// <summary>dwfl_module_info: a module's name, bounds and files.</summary>
    public delegate* unmanaged<nint, void***, ulong*, ulong*, ulong*, ulong*, byte**, byte**, byte*> ModuleInfo { get; }

    /// <summary>dwfl_module_eh_cfi: the unwinding table of .eh_frame, or 0.</summary>
    public delegate* unmanaged<nint, ulong*, nint> EhFrame { get; }

    /// <summary>dwfl_module_dwarf_cfi: the unwinding table of .debug_frame, or 0.</summary>
    public delegate* unmanaged<nint, ulong*, nint> DebugFrame { get; }

    /// <summary>dwfl_module_getsymtab: the number of symbols, or -1.</summary>
    public delegate* unmanaged<nint, int> SymbolCount { get; }

    /// <summary>dwfl_module_getsym_info: a symbol's name and address.</summary>
    public delegate* unmanaged<nint, int, ElfSymbol*, ulong*, uint*, nint*, ulong*, byte*> SymbolInfo { get; }

    /// <summary>dwfl_module_getsrc: the line an address was compiled from, or 0.</summary>
    public delegate* unmanaged<nint, ulong, nint> SourceLine { get; }

    /// <summary>dwfl_lineinfo: a line's file and number.</summary>
    public delegate* unmanaged<nint, ulong*, int*, int*, ulong*, ulong*, byte*> LineInfo { get; }

    /// <summary>dwarf_cfi_addrframe: the unwinding rules at an address, to be freed with free(3). 0: found.</summary>
    public delegate* unmanaged<nint, ulong, nint*, int> FrameAt { get; }

    /// <summary>dwarf_frame_info: the range rules hold for, whether it is a signal's frame; returns the return address's register.</summary>
    public delegate* unmanaged<nint, ulong*, ulong*, byte*, int> FrameInfo { get; }

    /// <summary>dwarf_frame_cfa: how the frame's address is computed. 0: known.</summary>
    public delegate* unmanaged<nint, DwarfOp**, nuint*, int> FrameCfa { get; }

    /// <summary>dwarf_frame_register: where the caller's value of a register is. 0: known.</summary>
    public delegate* unmanaged<nint, int, DwarfOp*, DwarfOp**, nuint*, int> FrameRegister { get; }

    private readonly delegate* unmanaged<DwflCallbacks*, nint> _begin;

    /// <summary>dwfl_begin: opens a session, or 0.</summary>
    public nint Begin() => _begin(_callbacks);

    private static Libdw? Load()
    {
        // Never let a look-up go over the network: the process stands still meanwhile. The library asks the C library's environment, which
        // .NET does not write; a program that was started before keeps what it inherited.
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ServersVariable)))
            _ = SetEnvironment(ServersVariable, "", 1);
        if (!NativeLibrary.TryLoad(FileName, out var library))
            return null;

        try
        {
            return new Libdw(library);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    /// <summary>Dwfl_Callbacks; without a function for section addresses, which only relocatable files need, and with the usual search path.</summary>
    private readonly struct DwflCallbacks(nint findElf, nint findDebugInfo)
    {
        public readonly nint FindElf = findElf;
        public readonly nint FindDebugInfo = findDebugInfo;
        public readonly nint SectionAddress = 0;
        public readonly byte** DebugInfoPath = null;
    }
}
