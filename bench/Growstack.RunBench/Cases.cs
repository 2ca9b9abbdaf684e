// What is measured, and what is aimed at.
namespace Growstack.RunBench;

/// <summary>How a case's figure comes about.</summary>
internal enum Figure
{
    /// <summary>The time from start to end, in milliseconds.</summary>
    WallClock,

    /// <summary>What the program itself prints, in nanoseconds.</summary>
    Printed,
}

/// <summary>One row of the table.</summary>
/// <param name="Name">What the row is called.</param>
/// <param name="Command">The program; a first word without a slash that names a C fixture is that fixture.</param>
/// <param name="Aim">What is aimed at, in words.</param>
/// <param name="StackMegabytes">The main stack's limit; 0 leaves the inherited one.</param>
/// <param name="Figure">Where the figure comes from.</param>
/// <param name="Tools">Whether the other tools are measured too: what measures itself, or takes them many minutes, says nothing there.</param>
internal sealed record Case(string Name, string[] Command, string Aim, int StackMegabytes = 0, Figure Figure = Figure.WallClock, bool Tools = true);

internal static class Cases
{
    private const string Python =
        "import json, re; print(sum(len(json.dumps({str(i): [i] * 50})) for i in range(15000))); d = lambda n: n and 1 + max(map(d, [n - 1])); print([d(300) for _ in range(60)][-1])";

    private const string Node =
        "function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } console.log(f(30)); let a = []; for (let i = 0; i < 3e5; i++) a.push({ i }); console.log(JSON.stringify(a).length)";

    private const string Perl =
        "my %h; for my $i (1..300000) { $h{$i % 1000} .= 'x'; } print length(join '', values %h), \"\\n\"; sub d { my $n = shift; $n ? 1 + d($n - 1) : 0 } no warnings; print d(50000), \"\\n\"";

    /// <summary>The rows of README's table, in its order.</summary>
    public static IReadOnlyList<Case> All { get; } =
    [
        new("recursion through 60 MB of stack", ["recurse", "60"], "0.8", 64),
        new("recursion through 1000 MB of stack", ["recurse", "1000"], "0.8", 1024, Tools: false),
        new("growth by 128 KiB, one touch", ["costs", "growth"], "3 µs", 600, Figure.Printed),
        new("start-up: /bin/true", ["/bin/true"], "3 ms more"),
        new("ls -lR /usr/lib", ["ls", "-lR", "/usr/lib"], ""),
        new("perl", ["perl", "-e", Perl], "1.15"),
        new("gcc -O2 -c", ["gcc", "-O2", "-D_GNU_SOURCE", "-c", "Programs/jobcontrol.c", "-o", "/dev/null"], "1.15"),
        new("python3", ["/usr/bin/python3", "-c", Python], "1.25"),
        new("java", ["java", "-Xss16m", "Programs/Work.java"], "1.15", Tools: false),
        new("node", ["node", "-e", Node], "1.15", Tools: false),
        new("dotnet --info", ["dotnet", "--info"], "1.25", Tools: false),
        new("bash with 50 forks", ["bash", "-c", "for i in $(seq 50); do /bin/true; done"], "1.6"),
        new("100 threads", ["threads", "100", "64"], "1.3"),
        new("a system call that is not about memory", ["costs", "call"], "30 ns more", 0, Figure.Printed),
        new("mmap and munmap", ["costs", "map"], "", 0, Figure.Printed),
    ];

    /// <summary>What is good to know besides.</summary>
    public static IReadOnlyList<Case> More { get; } =
    [
        new("recursion through 7 MB of stack", ["recurse", "7"], "", 8),
        new("1000 threads", ["threads", "1000", "64"], ""),
        new("20 threads through 3 MB", ["threads", "20", "3072"], "", Tools: false),
        // Which of the JVM's compilers has been at the recursion when it overflows decides how deep it goes: the time follows that.
        new("java, 120 overflows caught", ["java", "-Xss16m", "Programs/Stacks.java"], "", Tools: false),
        new("a thread made and joined", ["costs", "thread"], "", 0, Figure.Printed),
    ];
}
