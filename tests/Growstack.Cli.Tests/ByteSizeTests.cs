// Sizes as people write them, and as growstack prints them.
using Growstack.Cli;

namespace Growstack.Cli.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0UL)]
    [InlineData("4096", 4096UL)]
    [InlineData("64k", 65536UL)]
    [InlineData("64K", 65536UL)]
    [InlineData("8M", 8UL << 20)]
    [InlineData("8MiB", 8UL << 20)]
    [InlineData("8 MB", 8UL << 20)]
    [InlineData("1G", 1UL << 30)]
    [InlineData("15E", 15UL << 60)]
    [InlineData("unlimited", ulong.MaxValue)]
    public void Reads_what_people_write(string text, ulong bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("8Q")]
    [InlineData("8MMM")]
    [InlineData("1.5M")]
    [InlineData("0x10")]
    [InlineData("16E")]
    [InlineData("99999999999999999999")]
    public void Refuses_what_is_no_size_or_does_not_fit(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0UL, "0 B")]
    [InlineData(1023UL, "1023 B")]
    [InlineData(4096UL, "4 KiB")]
    [InlineData(139264UL, "136 KiB")]
    [InlineData(1363149UL, "1.3 MiB")]
    [InlineData(8UL << 20, "8 MiB")]
    [InlineData(1000UL << 20, "1000 MiB")]
    [InlineData(ulong.MaxValue, "unlimited")]
    public void Prints_the_largest_unit_that_reads_well(ulong bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));
}
