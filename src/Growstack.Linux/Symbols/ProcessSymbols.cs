// What libdw knows of one process: for each code address its unwinding rule, its function and its source line.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Symbols;

/// <summary>What is known of a code address.</summary>
/// <param name="Rule">How to get to the caller.</param>
/// <param name="Function">The function, or an object that stands for code without a name.</param>
internal sealed record CodePoint(FrameRule Rule, Function Function);

/// <summary>
/// A libdw session for one process image. Everything is cached by address: chains pass the same addresses again and again. Not
/// thread-safe. It is for one process image and has to be thrown away after execve(2).
/// </summary>
internal sealed unsafe class ProcessSymbols : IDisposable
{
    /// <summary>Code made at run time has ever new addresses; beyond this the cache starts anew.</summary>
    private const int MostCached = 1 << 18;

    private readonly Libdw _libdw;
    private readonly int _pid;
    private readonly Dictionary<ulong, CodePoint> _points = [];
    private readonly Dictionary<nint, Module> _modules = [];
    private readonly Dictionary<ulong, (string? File, int Line)> _lines = [];
    private readonly PerfMap _madeAtRunTime;
    private nint _session;

    private ProcessSymbols(Libdw libdw, int pid)
    {
        _libdw = libdw;
        _pid = pid;
        _madeAtRunTime = new PerfMap(pid);
    }

    /// <summary>Opens a session and reports the process's modules.</summary>
    /// <returns>Null if the process is gone or may not be read.</returns>
    public static ProcessSymbols? Open(Libdw libdw, int pid)
    {
        var symbols = new ProcessSymbols(libdw, pid);
        if (symbols.Refresh())
            return symbols;
        symbols.Dispose();
        return null;
    }

    /// <summary>Reports the modules anew: the process has loaded or unloaded some. Forgets everything.</summary>
    public bool Refresh()
    {
        Dispose();
        _session = _libdw.Begin();
        if (_session == 0)
            return false;

        _libdw.ReportBegin(_session);
        return _libdw.ReportProcess(_session, _pid) == 0 && _libdw.ReportEnd(_session, 0, 0) == 0;
    }

    /// <summary>Whether some module has code or data at an address.</summary>
    public bool IsInModule(ulong address) => ModuleAt(address) is not null;

    /// <summary>What is known of an address.</summary>
    /// <param name="address">An instruction, or the byte before a return address.</param>
    public CodePoint At(ulong address)
    {
        if (_points.TryGetValue(address, out var known))
            return known;

        if (_points.Count >= MostCached)
            _points.Clear();
        var module = ModuleAt(address);
        var function = module?.Functions.Find(address);
        if (function is null && CallChainBuilder.IsNoFile(module?.File ?? CallChainBuilder.NoFile))
            function = _madeAtRunTime.Find(address);
        function ??= new Function(null, module?.File, module?.Start ?? address);
        return _points[address] = new CodePoint(RuleAt(module, address), function);
    }

    /// <summary>The source line of an address; null and 0 without debug information.</summary>
    public (string? File, int Line) LineAt(ulong address)
    {
        if (_lines.TryGetValue(address, out var known))
            return known;

        (string?, int) found = default;
        var line = ModuleAt(address) is { } module ? _libdw.SourceLine(module.Handle, address) : 0;
        if (line != 0)
        {
            int number;
            ulong start;
            var file = _libdw.LineInfo(line, &start, &number, null, null, null);
            // Where a compiler leaves addresses out of its index, the nearest line may be another function's.
            if (At(address).Function is { Name: null } || start >= At(address).Function.Start)
                found = (Marshal.PtrToStringUTF8((nint)file), file is null ? 0 : number);
        }

        return _lines[address] = found;
    }

    /// <summary>The file at an address does not name its functions.</summary>
    public bool IsStripped(ulong address) => ModuleAt(address) is { IsStripped: true };

    public void Dispose()
    {
        _points.Clear();
        _modules.Clear();
        _lines.Clear();
        if (_session != 0)
            _libdw.End(_session);
        _session = 0;
    }

    private Module? ModuleAt(ulong address)
    {
        var handle = _session == 0 ? 0 : _libdw.ModuleAt(_session, address);
        if (handle == 0)
            return null;
        if (!_modules.TryGetValue(handle, out var module))
        {
            ulong start, end;
            byte* mainFile;
            var name = _libdw.ModuleInfo(handle, null, &start, &end, null, null, &mainFile, null);
            var file = Marshal.PtrToStringUTF8((nint)(mainFile is null ? name : mainFile));
            module = _modules[handle] = new Module(handle, file, start, CodeEnd(file, start, end), FunctionTable.Read(_libdw, handle, file));
        }

        return address < module.End ? module : null;
    }

    // A file that maps a part of itself once more elsewhere, as Node.js does, is one range to libdw, with all that lies between.
    private static ulong CodeEnd(string? file, ulong start, ulong end)
    {
        const ulong Alignment = 16 << 20;
        return file is not null && new FileInfo(file) is { Exists: true, Length: var length } ? Math.Min(end, start + (ulong)length + Alignment) : end;
    }

    private FrameRule RuleAt(Module? module, ulong address)
    {
        if (module is null)
            return FrameRule.FramePointer;

        // .eh_frame is complete wherever exceptions or signals must pass; .debug_frame serves the rest.
        ulong bias;
        var table = _libdw.EhFrame(module.Handle, &bias);
        var rule = table == 0 ? null : Compile(table, address - bias);
        if (rule is null && (table = _libdw.DebugFrame(module.Handle, &bias)) != 0)
            rule = Compile(table, address - bias);
        return rule ?? FrameRule.FramePointer;
    }

    private FrameRule? Compile(nint table, ulong address)
    {
        nint frame;
        if (_libdw.FrameAt(table, address, &frame) != 0)
            return null;

        try
        {
            return FrameRuleReader.Read(_libdw, frame);
        }
        finally
        {
            NativeMemory.Free((void*)frame);
        }
    }

    private sealed record Module(nint Handle, string? File, ulong Start, ulong End, FunctionTable Functions)
    {
        // The vdso and the like are no files a person could install symbols for.
        public bool IsStripped => Functions.IsEmpty || File is null;
    }
}
