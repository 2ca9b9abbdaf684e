// What differs between the releases beside their stacks, as data.
using Growstack.Stacks;

namespace Growstack.Maps;

/// <summary>The rules of one release.</summary>
/// <param name="NeverMerge">Entries with one of these flags are never merged with a neighbour.</param>
/// <param name="InsertMarksStacks">Whether vm_map_insert(9) itself marks what grows; otherwise whoever maps a stack does so afterwards.</param>
/// <param name="ExtendWired">Whether memory inserted behind a wired entry may share that entry's object.</param>
/// <param name="ProtectionWithinMaximum">Whether a new mapping with more protection than its maximum is an error of the caller.</param>
/// <param name="HasGuards">Whether guards, exclusive fixed mappings and clustering exist.</param>
/// <param name="InheritZero">Whether a child can be given fresh zero-filled pages.</param>
/// <param name="FaultGrowsGap">Whether a fault grows a stack only through its gap; otherwise wherever nothing is mapped.</param>
/// <param name="WiredCopiesRefuseWrites">Whether a write to user-wired copy-on-write memory fails.</param>
/// <param name="CountsUserWiring">Whether user-wired pages are counted against a limit of the system.</param>
/// <param name="AlignsByInserting">Whether an aligned search tries each candidate by inserting there, so that one beyond the map's end is an address error.</param>
/// <param name="OverlooksRoom">Whether room is searched for so that some is overlooked, see <see cref="SearchHistory"/>.</param>
/// <param name="Stacks">How stacks are made and grown.</param>
internal sealed record VmReleaseRules(
    VmEntryFlags NeverMerge,
    bool InsertMarksStacks,
    bool ExtendWired,
    bool ProtectionWithinMaximum,
    bool HasGuards,
    bool InheritZero,
    bool FaultGrowsGap,
    bool WiredCopiesRefuseWrites,
    bool CountsUserWiring,
    bool AlignsByInserting,
    bool OverlooksRoom,
    StackDiscipline Stacks)
{
    private static readonly VmReleaseRules FreeBsd10 = new(
        NeverMerge: VmEntryFlags.InTransition,
        InsertMarksStacks: false,
        ExtendWired: false,
        ProtectionWithinMaximum: false,
        HasGuards: false,
        InheritZero: false,
        FaultGrowsGap: false,
        WiredCopiesRefuseWrites: true,
        CountsUserWiring: false,
        AlignsByInserting: true,
        OverlooksRoom: false,
        Stacks: new AvailableSize());

    private static readonly VmReleaseRules FreeBsd12 = new(
        NeverMerge: VmEntryFlags.InTransition | VmEntry.Grows,
        InsertMarksStacks: true,
        ExtendWired: true,
        ProtectionWithinMaximum: true,
        HasGuards: true,
        InheritZero: true,
        FaultGrowsGap: true,
        WiredCopiesRefuseWrites: false,
        CountsUserWiring: true,
        AlignsByInserting: false,
        OverlooksRoom: true,
        Stacks: new GuardedGap());

    /// <summary>The rules of a release.</summary>
    internal static VmReleaseRules Of(VmRelease release) => release switch
    {
        VmRelease.FreeBsd10 => FreeBsd10,
        VmRelease.FreeBsd12 => FreeBsd12,
        _ => throw new ArgumentOutOfRangeException(nameof(release), release, "No such release."),
    };
}
