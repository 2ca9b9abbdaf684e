// The size of a page, and rounding to it.
namespace Growstack.Maps;

/// <summary>The page: the unit of memory, 4096 bytes.</summary>
public static class VmPage
{
    /// <summary>The size of a page in bytes.</summary>
    public const ulong Size = 4096;

    /// <summary>The next multiple of the page size at or above a number of bytes; wraps round to zero at the top.</summary>
    public static ulong RoundUp(ulong bytes) => unchecked((bytes + (Size - 1)) & ~(Size - 1));

    /// <summary>The last multiple of the page size at or below a number of bytes.</summary>
    public static ulong RoundDown(ulong bytes) => bytes & ~(Size - 1);

    /// <summary>Whole pages in a number of bytes, atop(9).</summary>
    public static ulong Count(ulong bytes) => bytes / Size;
}
