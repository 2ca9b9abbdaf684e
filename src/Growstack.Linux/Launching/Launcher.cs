// Starts the first tracee: a child that is seized before it becomes the program.
using System.Runtime.InteropServices;
using Growstack.Linux.Native;

namespace Growstack.Linux.Launching;

/// <summary>How starting a program ended.</summary>
internal enum LaunchFailure
{
    None,
    Tracing,
    System,
}

/// <summary>
/// The child is made by clone(CLONE_VM): it shares this process's memory until its execve, so nothing is copied and its answers can be read from
/// here, and it runs only <see cref="BatchCode"/> on a table, never managed or C library code, for which sharing memory would be fatal.
/// It waits on an event until it has been seized, then installs the filter in itself and executes the program.
/// </summary>
internal sealed unsafe class Launcher : IDisposable
{
    private const int CloneVm = 0x100;
    private const int SetDeathSignal = 1;
    private const int SetNoNewPrivileges = 38;
    private const int SetModeFilter = 1;

    /// <summary>SECCOMP_FILTER_FLAG_SPEC_ALLOW: the program keeps the processor's speculation as it is natively.</summary>
    private const int AllowSpeculation = 4;
    private const int SetMask = 2;
    private const int SignalSetBytes = 8;

    private readonly NativePages _code = new(4096);
    private readonly NativePages _data;
    private SyscallRow* _table;
    private int _filterRow = -1;
    private int _limitRow = -1;
    private int _execRow;

    private Launcher(nuint dataBytes) => _data = new NativePages(dataBytes);

    /// <summary>The child's process id.</summary>
    internal int Pid { get; private set; }

    /// <summary>After the child ended without an exec: what execve answered, as an error number; 0 while it has not failed.</summary>
    internal int ExecError => Answer(_execRow);

    /// <summary>What seccomp(2) answered, as an error number.</summary>
    internal int FilterError => _filterRow < 0 ? 0 : Answer(_filterRow);

    /// <summary>What setting RLIMIT_STACK answered, as an error number.</summary>
    internal int LimitError => _limitRow < 0 ? 0 : Answer(_limitRow);

    private int Answer(int row) => _table[row].Failed ? (int)-_table[row].Result : 0;

    /// <summary>Starts the child and seizes it. It runs as soon as the caller waits for it. Call on the tracer's thread.</summary>
    /// <param name="path">The program file.</param>
    /// <param name="arguments">argv, the first being the program's own name.</param>
    /// <param name="environment">envp as NAME=VALUE, or null to pass this process's on.</param>
    /// <param name="stackLimit">The soft and hard RLIMIT_STACK to set, or null to leave it.</param>
    /// <param name="ignorePipe">Whether SIGPIPE is to be ignored.</param>
    /// <param name="filter">The seccomp program.</param>
    /// <param name="failure">What failed; None on success.</param>
    /// <param name="error">The error number of the failure.</param>
    /// <returns>The launcher, which must live until the child's exec succeeded or the child ended; null on failure.</returns>
    internal static Launcher? Start(
        ReadOnlySpan<byte> path,
        IReadOnlyList<byte[]> arguments,
        IReadOnlyList<byte[]>? environment,
        ResourceLimit? stackLimit,
        bool ignorePipe,
        ReadOnlySpan<BpfInstruction> filter,
        out LaunchFailure failure,
        out int error)
    {
        nuint bytes = 16384 + (nuint)path.Length + (nuint)(filter.Length * sizeof(BpfInstruction));
        foreach (byte[] word in arguments)
            bytes += (nuint)word.Length + 32;
        foreach (byte[] word in environment ?? [])
            bytes += (nuint)word.Length + 32;

        var launcher = new Launcher(bytes);
        int ready = Libc.EventFd(0, OpenFlag.CloseOnExec);
        if (ready < 0)
        {
            error = Marshal.GetLastPInvokeError();
            failure = LaunchFailure.System;
            launcher.Dispose();
            return null;
        }

        try
        {
            launcher.FillTable(path, arguments, environment, stackLimit, ignorePipe, filter, ready);
            error = launcher.Clone();
            failure = error == 0 ? LaunchFailure.None : LaunchFailure.System;
            if (error == 0)
            {
                error = Ptrace.Seize(launcher.Pid);
                if (error != 0)
                {
                    failure = LaunchFailure.Tracing;
                    _ = Libc.Kill(launcher.Pid, Signal.KILL);
                    _ = Ptrace.Wait(launcher.Pid, out _);
                }
                else
                {
                    ulong one = 1;
                    _ = Libc.Write(ready, &one, sizeof(ulong));
                    return launcher;
                }
            }
        }
        finally
        {
            _ = Libc.Close(ready);
        }

        launcher.Dispose();
        return null;
    }

    private void FillTable(
        ReadOnlySpan<byte> path,
        IReadOnlyList<byte[]> arguments,
        IReadOnlyList<byte[]>? environment,
        ResourceLimit? stackLimit,
        bool ignorePipe,
        ReadOnlySpan<BpfInstruction> filter,
        int ready)
    {
        const int rows = 12;
        _table = (SyscallRow*)_data.Take((nuint)(rows * sizeof(SyscallRow)));
        int row = 0;

        // Until it is a tracee, the child must not outlive the tracer's thread; afterwards PTRACE_O_EXITKILL sees to that.
        _table[row++] = new SyscallRow(SyscallNumber.Prctl, SetDeathSignal, Signal.KILL);
        _table[row++] = new SyscallRow(SyscallNumber.Read, (ulong)ready, (ulong)_data.Take(8), 8);
        _table[row++] = new SyscallRow(SyscallNumber.Prctl, SetDeathSignal, 0);

        // exec resets handlers to the default but keeps "ignored", which .NET makes of SIGPIPE.
        var pipe = new KernelAction { Handler = ignorePipe ? KernelAction.Ignore : KernelAction.Default };
        _table[row++] = new SyscallRow(SyscallNumber.RtSigaction, Signal.PIPE, (ulong)_data.TakeCopy([pipe]), 0, SignalSetBytes);
        if (stackLimit is { } limit)
        {
            _limitRow = row;
            var at = _data.TakeCopy([limit]);
            _table[row++] = new SyscallRow(SyscallNumber.Prlimit64, 0, ResourceLimit.Stack, (ulong)at);
        }

        // With CAP_SYS_ADMIN the filter needs no no_new_privs, and set-user-id programs keep their meaning.
        if (!TracingDiagnosis.MayFilterWithPrivileges)
            _table[row++] = new SyscallRow(SyscallNumber.Prctl, SetNoNewPrivileges, 1);
        var program = (ushort*)_data.Take(16);
        program[0] = (ushort)filter.Length;
        *(BpfInstruction**)(program + 4) = _data.TakeCopy(filter);
        _filterRow = row;
        _table[row++] = new SyscallRow(SyscallNumber.Seccomp, SetModeFilter, AllowSpeculation, (ulong)program);

        _mask = (ulong*)_data.Take(8);
        _table[row++] = new SyscallRow(SyscallNumber.RtSigprocmask, SetMask, (ulong)_mask, 0, SignalSetBytes);
        _execRow = row;
        _table[row++] = new SyscallRow(SyscallNumber.Execve, (ulong)_data.TakeString(path), (ulong)Vector(arguments), (ulong)EnvironmentBlock(environment));
        _table[row++] = new SyscallRow(SyscallNumber.Exit, 127);
        _table[row] = SyscallRow.End;
    }

    private ulong* _mask;

    private byte** Vector(IReadOnlyList<byte[]> words)
    {
        var vector = (byte**)_data.Take((nuint)((words.Count + 1) * sizeof(byte*)));
        for (int i = 0; i < words.Count; i++)
            vector[i] = _data.TakeString(words[i]);
        return vector;
    }

    private byte** EnvironmentBlock(IReadOnlyList<byte[]>? environment)
    {
        if (environment is not null)
            return Vector(environment);
        return *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");
    }

    /// <summary>Makes the child. All signals are blocked around it: until its exec the child has this process's handlers, which it must not run.</summary>
    private int Clone()
    {
        ReadOnlySpan<byte> enter =
        [
            0x53, //                         push rbx
            0x48, 0x89, 0xfb, //             mov rbx, rdi        ; the table
            0x48, 0xc7, 0xc7, (CloneVm | Signal.CHLD) & 0xff, CloneVm >> 8, 0, 0, // mov rdi, CLONE_VM | SIGCHLD
            0x31, 0xd2, //                   xor edx, edx
            0x4d, 0x31, 0xd2, //             xor r10, r10
            0x4d, 0x31, 0xc0, //             xor r8, r8
            0xb8, SyscallNumber.Clone, 0, 0, 0, // mov eax, SYS_clone
            0x0f, 0x05, //                   syscall             ; rsi: the child's stack
            0x48, 0x85, 0xc0, //             test rax, rax
            0x74, 0x02, //                   jz child
            0x5b, //                         pop rbx
            0xc3, //                         ret
            //                         child:
        ];
        enter.CopyTo(new Span<byte>(_code.Start, enter.Length));
        BatchCode.Bytes.CopyTo(new Span<byte>(_code.Start + enter.Length, BatchCode.Bytes.Length));
        _code.MakeExecutable(_code.Length);

        byte* stack = _data.Take(256) + 256;
        ulong all = ulong.MaxValue;
        ulong before = 0;
        _ = Libc.Syscall(SyscallNumber.RtSigprocmask, SetMask, (nint)(&all), (nint)(&before), SignalSetBytes);
        *_mask = before;
        long pid = ((delegate* unmanaged<SyscallRow*, byte*, long>)_code.Start)(_table, stack);
        _ = Libc.Syscall(SyscallNumber.RtSigprocmask, SetMask, (nint)(&before), 0, SignalSetBytes);
        if (pid < 0)
            return (int)-pid;
        Pid = (int)pid;
        return 0;
    }

    public void Dispose()
    {
        _code.Dispose();
        _data.Dispose();
    }
}
