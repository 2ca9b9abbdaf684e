// Makes names of C++ and Rust readable.
using System.Runtime.InteropServices;

namespace Growstack.Linux.Symbols;

/// <summary>Names of C++, and Rust's older ones, by __cxa_demangle of libstdc++, loaded only if present; Rust's newer ones by <see cref="RustSymbol"/>.</summary>
internal static unsafe class Demangler
{
    private static readonly delegate* unmanaged<byte*, byte*, nuint*, int*, byte*> Cxa = Load();

    /// <summary>Whether names of C++ are demangled here.</summary>
    public static bool IsAvailable => Cxa is not null;

    /// <summary>A readable name, or the name itself if it is not mangled or cannot be read.</summary>
    public static string Demangle(string name)
    {
        if (name.StartsWith("_R", StringComparison.Ordinal))
            return RustSymbol.Demangle(name) ?? name;
        if (Cxa is null || !name.StartsWith("_Z", StringComparison.Ordinal))
            return name;

        var mangled = Marshal.StringToCoTaskMemUTF8(name);
        byte* readable = null;
        try
        {
            int status;
            readable = Cxa((byte*)mangled, null, null, &status);
            return readable is null ? name : WithoutRustHash(Marshal.PtrToStringUTF8((nint)readable)!);
        }
        finally
        {
            Marshal.FreeCoTaskMem(mangled);
            NativeMemory.Free(readable);
        }
    }

    // Rust's names end in "::h" and sixteen hexadecimal digits that tell a reader nothing.
    private static string WithoutRustHash(string name)
    {
        const int Length = 19;
        if (name.Length <= Length || !name.AsSpan(name.Length - Length).StartsWith("::h"))
            return name;

        foreach (var c in name.AsSpan(name.Length - 16))
        {
            if (!char.IsAsciiHexDigitLower(c))
                return name;
        }

        return RustEscapes.Decode(name[..^Length]);
    }

    private static delegate* unmanaged<byte*, byte*, nuint*, int*, byte*> Load() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out var library) && NativeLibrary.TryGetExport(library, "__cxa_demangle", out var function)
            ? (delegate* unmanaged<byte*, byte*, nuint*, int*, byte*>)function
            : null;
}
