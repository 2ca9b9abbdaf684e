// With --verify the map is compared with the kernel's at every exec, fork and exit: no program may make them differ.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class VerifyTests
{
    [Theory]
    [InlineData("recurse", "7")]
    [InlineData("recurse", "3", "20")]
    [InlineData("threads", "200")]
    [InlineData("cache", "40")]
    [InlineData("forktree", "3", "3")]
    [InlineData("spawn")]
    [InlineData("clones")]
    [InlineData("threadexec", "5")]
    [InlineData("caught", "main")]
    [InlineData("caught", "thread")]
    [InlineData("overflow", "child")]
    [InlineData("deepsignal", "main", "alternate")]
    [InlineData("growsdown")]
    [InlineData("remap")]
    [InlineData("shared")]
    [InlineData("breaks")]
    [InlineData("locked")]
    [InlineData("dontfork")]
    [InlineData("churn", "4", "200")]
    [InlineData("maptimer", "1", "1000")]
    [InlineData("maptimer", "4", "300")]
    [InlineData("contexts")]
    [InlineData("getattr")]
    [InlineData("exitthreads", "100", "return")]
    public async Task Map_and_kernel_agree(params string[] words)
    {
        await Proof.SameAsync(new Launch([await Fixtures.Build(words[0]), .. words[1..]]), "--verify");
    }

    [Theory]
    [InlineData("python3", "-c", "import mmap, threading, subprocess, ctypes, json; m = mmap.mmap(-1, 1 << 20); m.resize(1 << 21); subprocess.run(['true']); print('done')")]
    [InlineData("perl", "-e", "my @a = map { 'x' x 100000 } 1..100; system('true'); print scalar(@a)")]
    [InlineData("bash", "-c", "for i in 1 2 3 4 5; do (ls / | sort | wc -l); done")]
    [InlineData("node", "-e", "console.log([...Array(1e5).keys()].reduce((a, b) => a + b))")]
    [InlineData("gcc", "-O2", "-D_GNU_SOURCE", "-c", "Programs/faults.c", "-o", "/dev/null")]
    [InlineData("java", "-version")]
    public async Task Map_and_kernel_agree_for_everyday_programs(params string[] words)
    {
        string path = Machine.Need(words[0]);

        await Proof.SameAsync(new Launch([path, .. words[1..]]) { Directory = AppContext.BaseDirectory }, "--verify");
    }
}
