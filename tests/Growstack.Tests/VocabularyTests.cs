// The numbers that other programs rely on: they are the kernel's and must not drift.
using Growstack.Maps;

namespace Growstack.Tests;

public sealed class VocabularyTests
{
    [Fact]
    public void Kern_returns_are_numbered_as_in_the_kernel() =>
        Assert.Equal(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            Enum.GetValues<KernReturn>().Select(static k => (int)k));
}
