// Where the contents of a file's pages come from: the embedder's side of a vnode object.
using Growstack.Maps;

namespace Growstack.Memory;

/// <summary>
/// A pager: brings in the pages of a <see cref="VmObjectKind.Vnode"/> object, at the first access to each, and takes them back. Called by any thread, with
/// the map's lock held when memory is wired and without a lock otherwise; it must not call back into a map.
/// </summary>
public interface IVmPager
{
    /// <summary>Reads a page. Two threads that touch it at once may both ask for it; one answer is used.</summary>
    /// <param name="index">Which page of the object, from zero.</param>
    /// <param name="page">Where it goes: <see cref="VmPage.Size"/> bytes, all zero.</param>
    /// <returns>Whether it could be read; if not, the access is answered <see cref="KernReturn.OutOfBounds"/>.</returns>
    bool GetPage(ulong index, Span<byte> page);

    /// <summary>Writes a page back that was written to through a shared mapping, msync(2). A guest may write to it meanwhile.</summary>
    /// <param name="index">Which page of the object, from zero.</param>
    /// <param name="page">Its contents, <see cref="VmPage.Size"/> bytes.</param>
    /// <returns>Whether it could be written; at first, nothing ever can.</returns>
    bool PutPage(ulong index, ReadOnlySpan<byte> page) => false;
}
