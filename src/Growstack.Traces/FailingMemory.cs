// Real memory as a trace pretends it: wiring one page may fail.
using Growstack.Maps;
using Growstack.Memory;

namespace Growstack.Traces;

internal sealed class FailingMemory : IPhysicalMap
{
    /// <summary>Wiring the page at this address fails; the highest address: none does.</summary>
    internal ulong FailAt { get; set; } = ulong.MaxValue;

    internal KernReturn Failure { get; set; } = KernReturn.Failure;

    public KernReturn Enter(in VmEntry piece) => KernReturn.Success;

    public void Remove(ulong start, ulong end)
    {
    }

    public void Protect(ulong start, ulong end, VmProt protection)
    {
    }

    public KernReturn Wire(ulong start, ulong end, out ulong failed)
    {
        failed = end;
        var page = VmPage.RoundDown(FailAt);
        if (FailAt == ulong.MaxValue || page < VmPage.RoundDown(start) || page >= end)
            return KernReturn.Success;
        failed = Math.Max(page, start);
        return Failure;
    }
}
