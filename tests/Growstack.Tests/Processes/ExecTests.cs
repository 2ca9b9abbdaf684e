// A new process image: what it finds on its stack, read back word by word, and what is refused.
using System.Text;

using Growstack.Maps;
using Growstack.Memory;
using Growstack.Processes;

namespace Growstack.Tests.Processes;

public sealed class ExecTests
{
    private const ulong Top = 0x7fff_ffff_f000;

    private static VmProcess Process(VmRelease release) => new(new VmSpace(new VmSystem(release), 0x1000, Top));

    private static ulong Word(GuestMemory memory, ulong at)
    {
        Assert.Equal(KernReturn.Success, memory.Read(at, out ulong word));
        return word;
    }

    private static string Text(GuestMemory memory, ulong at)
    {
        var text = new StringBuilder();
        while (memory.Read(at++, out byte letter) == KernReturn.Success && letter != 0)
            text.Append((char)letter);
        return text.ToString();
    }

    [Theory]
    [InlineData(VmRelease.FreeBsd10)]
    [InlineData(VmRelease.FreeBsd12)]
    public void The_stack_holds_arguments_environment_and_auxiliary_vector_as_the_abi_says(VmRelease release)
    {
        var process = Process(release);
        var old = process.Space;
        byte[] random = [.. Enumerable.Range(1, 16).Select(static i => (byte)i)];
        var image = new StackImage(["prog", "-v", ""], ["HOME=/", "LANG=C"], [new(6, 4096), new(25, random)]);
        Assert.Equal(KernReturn.Success, process.Exec(image, out var sp));
        Assert.NotSame(old, process.Space);
        Assert.Equal(0ul, sp % 16);
        var memory = new GuestMemory(process);

        var words = Enumerable.Range(0, 14).Select(i => Word(memory, sp + ((ulong)i * 8))).ToArray();
        Assert.Equal(3ul, words[0]);
        Assert.Equal(["prog", "-v", ""], words[1..4].Select(at => Text(memory, at)));
        Assert.Equal(0ul, words[4]);
        Assert.Equal(["HOME=/", "LANG=C"], words[5..7].Select(at => Text(memory, at)));
        Assert.Equal([0ul, 6, 4096, 25], words[7..11]);
        var bytes = new byte[16];
        memory.Read(words[11], bytes);
        Assert.Equal(random, bytes);
        Assert.Equal([0ul, 0], words[12..14]);

        // Nothing lies beyond the stack's end or overlaps: strings follow each other upwards, to the last 16 bytes.
        Assert.All(words[1..4].Concat(words[5..7]).Append(words[11]), at => Assert.InRange(at, sp + (14 * 8), Top - 1));
        Assert.Equal(Top, sp + image.Size);
        Assert.Equal(words[1] + 5, words[2]);
        memory.CheckConsistency();
    }

    [Fact]
    public void The_process_stack_is_mapped_with_its_limits_and_can_be_grown_into()
    {
        var process = Process(VmRelease.FreeBsd12);
        process.Limits = ProcessLimits.Unlimited with { Stack = 1 << 20 };
        Assert.Equal(KernReturn.Success, process.Exec(new StackImage(["a"], []), out var sp));
        Assert.Equal((ulong)(128 * 1024), process.Space.StackPages * VmPage.Size);
        Assert.Equal(Top - process.System.MaxStackSize, process.Space.StackFloor);
        var memory = new GuestMemory(process);
        Assert.Equal(KernReturn.Success, memory.Write(sp - 0x8_0000, 1));
        Assert.Equal(KernReturn.ProtectionFailure, memory.Write(Top - (1 << 20) - 8, 1));
        Assert.Equal(KernReturn.Success, memory.Write(Top - (1 << 20), 1));
        Assert.Equal(1ul << 20, process.Space.StackPages * VmPage.Size);
    }

    [Fact]
    public void A_large_image_grows_the_stack_beyond_its_first_pages()
    {
        var process = Process(VmRelease.FreeBsd10);
        var arguments = Enumerable.Range(0, 3000).Select(static i => $"argument number {i} of a long command line, as make(1) likes them").ToArray();
        Assert.Equal(KernReturn.Success, process.Exec(new StackImage(arguments, []), out var sp));
        var memory = new GuestMemory(process);
        Assert.True(process.Space.StackPages * VmPage.Size > 128 * 1024);
        for (var i = 0; i < arguments.Length; i++)
            Assert.Equal(arguments[i], Text(memory, Word(memory, sp + 8 + ((ulong)i * 8))));
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_the_process_keeps_what_it_has()
    {
        var process = Process(VmRelease.FreeBsd12);
        var old = process.Space;
        var large = new StackImage([new string('a', 300 * 1024)], []);
        process.System.ArgMax = 200 * 1024;
        Assert.Equal(KernReturn.NoSpace, process.Exec(large, out var sp));
        process.System.ArgMax = 512 * 1024;
        process.Limits = ProcessLimits.Unlimited with { Stack = 256 * 1024 };
        Assert.Equal(KernReturn.NoSpace, process.Exec(large, out sp));
        Assert.Equal(0ul, sp);
        process.Limits = ProcessLimits.Unlimited;
        process.System.PageLimit = 10;
        Assert.Equal(KernReturn.ResourceShortage, process.Exec(large, out sp));
        Assert.Same(old, process.Space);
        Assert.Equal(0ul, process.System.ResidentPages);
        Assert.Equal(0ul, process.System.ReservedSwap);
    }

    [Fact]
    public void A_string_with_a_nul_and_an_entry_that_would_end_the_vector_are_argument_errors()
    {
        Assert.Throws<ArgumentException>(() => new StackImage(["a\0b"], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AuxiliaryEntry(0, 1));
    }

    [Fact]
    public void No_arguments_at_all_is_an_image_too()
    {
        var process = Process(VmRelease.FreeBsd12);
        Assert.Equal(KernReturn.Success, process.Exec(new StackImage([], []), out var sp));
        var memory = new GuestMemory(process);
        Assert.Equal([0ul, 0, 0, 0, 0], Enumerable.Range(0, 5).Select(i => Word(memory, sp + ((ulong)i * 8))));
        Assert.Equal(Top - 48, sp);
    }
}
