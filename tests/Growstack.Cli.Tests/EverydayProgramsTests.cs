// Programs that everybody has, run natively and under growstack: same output, same errors, same exit status.
using Growstack.Cli.Tests.Harness;

namespace Growstack.Cli.Tests;

public sealed class EverydayProgramsTests
{
    private const string PythonRecursion = """
        import sys
        sys.setrecursionlimit(1000000)
        def depth(n): return 0 if n == 0 else 1 + max(map(depth, [n - 1]))
        print(depth(200000))
        """;

    private const string NodeWork = """
        const { Worker, isMainThread } = require('worker_threads');
        function depth(n) { return n ? 1 + depth(n - 1) : 0; }
        function fall() { return 1 + fall(); }
        console.log(depth(7000));
        try { fall(); } catch (e) { console.log(e.name); }
        console.log(require('child_process').execFileSync('/bin/echo', ['from a child']).toString().trim());
        const worker = new Worker('require("worker_threads").parentPort.postMessage("from a worker")', { eval: true });
        worker.on('message', text => console.log(text));
        worker.on('exit', status => console.log('worker', status));
        """;

    private const string PerlThreads = """
        use threads; use threads::shared;
        my $sum :shared = 0;
        sub depth { no warnings; my $n = shift; $n ? 1 + depth($n - 1) : 0 }
        $_->join for map { threads->create(sub { my $d = depth(2000); lock $sum; $sum += $d }) } 1..8;
        print "$sum\n", threads->create({ stack_size => 64 << 20 }, sub { depth(20000) })->join, "\n";
        """;

    private const string RubyStacks = """
        def fall(n) = fall(n + 1)
        def caught = begin; fall(0); rescue SystemStackError; 1; end
        fibers = (1..100).map { |i| Fiber.new { |x| 5.times { x = Fiber.yield(x + i) }; x } }
        puts caught, fibers.sum { |fiber| fiber.resume(1) }, (1..4).map { Thread.new { caught } }.sum(&:value)
        puts Process.wait2(fork { exit 4 + caught })[1].exitstatus
        """;

    private const string LispStacks = """
        (labels ((fall (n) (1+ (fall (1+ n)))))
          (dotimes (i 3) (handler-case (fall 0) (storage-condition () (write-line "exhausted"))))
          (print (sb-thread:join-thread (sb-thread:make-thread (lambda () (handler-case (fall 0) (storage-condition () 42))))))
          (gc :full t))
        """;

    private static readonly Dictionary<string, string[]> CommandLines = new()
    {
        ["true"] = ["/bin/true"],
        ["false"] = ["/bin/false"],
        ["ls of everything in usr lib"] = ["ls", "-lR", "/usr/lib"],
        ["bash with 50 children"] = ["bash", "-c", "for i in $(seq 50); do /bin/true; done; echo $?"],
        ["bash pipelines, subshells and traps"] = ["bash", "-c", "trap 'echo leaving' EXIT; seq 1000 | sort -n | (tail -1; exit 3); echo ${PIPESTATUS[*]}; kill -TERM $$"],
        ["sh reading standard input"] = ["sh", "-c", "wc -c; echo to the errors >&2; exit 42"],
        ["gcc -O2 -c"] = ["sh", "-c", "f=$(mktemp); for p in jobcontrol churn; do gcc -O2 -g -D_GNU_SOURCE -c Programs/$p.c -o $f && sha256sum < $f; done; gcc -O2 -S -D_GNU_SOURCE Programs/churn.c -o - | sha256sum; rm $f"],
        ["gcc reporting an error"] = ["sh", "-c", "echo 'int main(void) { return x; }' | gcc -x c - -o /dev/null"],
        ["perl"] = ["perl", "-e", "no warnings; sub depth { my $n = shift; $n ? 1 + depth($n - 1) : 0 } print depth(50000), \"\\n\"; print join(',', map { $_ ** 2 } grep { /7/ } 1..100), \"\\n\"; exit 9"],
        ["perl with a deep regular expression"] = ["perl", "-e", "my $s = 'ab' x 30000; print $s =~ /^(?:(a)|(b))*$/ ? 'yes' : 'no', \"\\n\""],
        ["perl with threads"] = ["perl", "-e", PerlThreads],
        ["ruby with fibers, threads and exhausted stacks"] = ["ruby", "-e", RubyStacks],
        ["sbcl with exhausted stacks"] = ["sbcl", "--noinform", "--no-sysinit", "--no-userinit", "--disable-debugger", "--eval", LispStacks, "--quit"],
        ["node"] = ["node", "-e", NodeWork],
        ["dotnet --info"] = ["dotnet", "--info"],
        ["python3"] = ["python3", "-c", "import subprocess, threading, os; print(sum(range(10**6))); t = threading.Thread(target=lambda: print('thread')); t.start(); t.join(); print(subprocess.run(['sh', '-c', 'exit 4']).returncode); os.abort()"],
        ["tar, gzip and sha256sum"] = ["sh", "-c", "tar cf - --sort=name /usr/include/linux | gzip -9n | gunzip | sha256sum"],
        ["find and xargs"] = ["sh", "-c", "find /usr/include -name 's*.h' | sort | xargs -P 2 -n 50 cat | wc -c"],
        ["awk"] = ["awk", "function f(n) { return n ? 1 + f(n - 1) : 0 } BEGIN { print f(3000); exit 6 }"],
        ["env with nothing"] = ["env", "-i", "/usr/bin/env"],
    };

    public static TheoryData<string> Programs => [.. CommandLines.Keys];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Runs_as_natively(string program)
    {
        string[] words = CommandLines[program];
        string path = Machine.Need(words[0]);
        if (words.Any(word => word.Contains("gcc ", StringComparison.Ordinal)))
            _ = Machine.Need("gcc");
        var proof = await Proof.SameAsync(new Launch([path, .. words[1..]]) { Input = "some input\n", Directory = AppContext.BaseDirectory });
        Assert.NotEmpty(proof.Summary.Mains);
        Assert.All(proof.Summary.Mains, stack => Assert.InRange(stack.Peak, 4096, stack.Limit));
    }

    [Fact]
    public async Task Python_recurses_deeply_on_a_stack_of_512_megabytes()
    {
        var proof = await Proof.SameAsync(new Launch(Machine.Need("python3"), "-c", PythonRecursion) { Stack = 512L << 20 });
        Assert.Equal("200000\n", proof.Native.Output);
        var main = Assert.Single(proof.Summary.Mains);
        Assert.True(main.Growths > 0 && main.Peak > 32 << 20, $"peak {main.Peak}, {main.Growths} growths");
    }

    [Fact]
    public async Task Copies_a_large_standard_input_to_its_output()
    {
        string input = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n"));
        var proof = await Proof.SameAsync(new Launch(Machine.Need("cat")) { Input = input });
        Assert.Equal(input, proof.Under.Output);
    }
}
