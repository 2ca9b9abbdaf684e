// The functions of a module, sorted for look-up: libdw's own look-up walks the whole symbol table.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Symbols;

/// <summary>A function, or a piece of code without a name. One object for each, so that it can be compared by reference.</summary>
/// <param name="Name">Its name, demangled; null if it has none.</param>
/// <param name="Module">The file it is in, or null.</param>
/// <param name="Start">Its first address; for code without a name, the module's.</param>
internal sealed record Function(string? Name, string? Module, ulong Start)
{
    public bool Equals(Function? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>The named functions of one module.</summary>
internal sealed unsafe class FunctionTable
{
    private readonly string? _module;
    private readonly ulong[] _starts;
    private readonly Entry[] _entries;
    private readonly Function?[] _functions;

    private FunctionTable(string? module, List<Entry> entries)
    {
        _module = module;
        entries.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.Rank.CompareTo(a.Rank));
        var kept = 0;
        foreach (var entry in CollectionsMarshal.AsSpan(entries))
        {
            // Of several names for one address the best one sorts first.
            if (kept == 0 || entries[kept - 1].Start != entry.Start)
                entries[kept++] = entry;
        }

        _entries = [.. entries.Take(kept)];
        _starts = Array.ConvertAll(_entries, e => e.Start);
        _functions = new Function?[_entries.Length];
    }

    /// <summary>Whether the module names any of its code.</summary>
    public bool IsEmpty => _entries.Length == 0;

    /// <summary>Reads the symbols of a module. Names are kept as pointers, valid as long as the session.</summary>
    public static FunctionTable Read(Libdw libdw, nint module, string? name)
    {
        var entries = new List<Entry>();
        var count = libdw.SymbolCount(module);
        for (var i = 0; i < count; i++)
        {
            ElfSymbol symbol;
            ulong address;
            uint section;
            var text = libdw.SymbolInfo(module, i, &symbol, &address, &section, null, null);
            if (text is null || *text == 0 || section == 0)
                continue;

            // Functions written in assembly may lack a type.
            var isFunction = symbol.Type is ElfSymbol.Function or ElfSymbol.IndirectFunction;
            if (isFunction || symbol is { Type: ElfSymbol.NoType, Info: > 0xf })
                entries.Add(new Entry(address, symbol.Size, (nint)text, (isFunction ? 2 : 0) + (symbol.Info > 0xf ? 1 : 0)));
        }

        return new FunctionTable(name, entries);
    }

    /// <summary>The function at an address, or null.</summary>
    public Function? Find(ulong address)
    {
        var index = Array.BinarySearch(_starts, address);
        if (index < 0)
            index = ~index - 1;
        if (index < 0)
            return null;

        // Without a size it reaches to the next one.
        ref readonly var entry = ref _entries[index];
        if (entry.Size != 0 && address - entry.Start >= entry.Size)
            return null;
        return _functions[index] ??= new Function(Demangler.Demangle(WithoutVersion(Marshal.PtrToStringUTF8(entry.Name)!)), _module, entry.Start);
    }

    // A version, as in write@@GLIBC_2.2.5, is the linker's business.
    private static string WithoutVersion(string name) => name.IndexOf('@', StringComparison.Ordinal) is > 0 and var at ? name[..at] : name;

    private readonly record struct Entry(ulong Start, ulong Size, nint Name, int Rank);
}
