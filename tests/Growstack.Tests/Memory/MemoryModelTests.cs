// Random operations on the memory of several processes against the naive model, with every invariant checked after each.
using CsCheck;

using Growstack.Maps;

namespace Growstack.Tests.Memory;

public sealed class MemoryModelTests
{
    /// <summary>An operation, chosen by numbers that all shrink to something simpler.</summary>
    private static readonly Gen<MemoryStep> Steps =
        Gen.Select(Gen.Int[0, 21], Gen.Int[0, 3], Gen.ULong[0, 23], Gen.ULong[0, 8], Gen.Int[0, 4095], Gen.Byte)
            .Select(static (kind, process, page, count, offset, value) => new MemoryStep(kind, process, page, count, offset, value));

    [Fact]
    public void Memory_of_release_12_holds_what_the_model_holds() => Holds(VmRelease.FreeBsd12, 2500);

    [Fact]
    public void Memory_of_release_10_holds_what_the_model_holds() => Holds(VmRelease.FreeBsd10, 1500);

    private static void Holds(VmRelease release, int rounds) => Steps.List[1, 70].Sample(
        steps =>
        {
            var world = new MemoryWorld(release);
            foreach (var step in steps)
                world.Do(step);
            world.End();
        },
        iter: rounds,
        print: static steps => string.Join('\n', steps));
}
