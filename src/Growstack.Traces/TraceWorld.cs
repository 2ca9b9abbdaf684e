// The world a trace acts on: a kernel, a process, address spaces and memory objects.
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Traces;

/// <summary>Carries operations of a trace out on the library. One <c>config</c> line begins a new world.</summary>
public sealed partial class TraceWorld
{
    private const ulong DefaultObjectPages = 1 << 20;
    private const ulong DefaultMin = 0x1000;

    private readonly VmRelease _release;
    private readonly Dictionary<int, VmSpace> _spaces = [];
    private readonly Dictionary<ulong, VmObject> _objects = [];
    private VmProcess _process;
    private VmSpace _used;
    private FailingMemory _memory = new();
    private int _nextSpace;
    private int _digests;

    /// <summary>A world with one empty address space.</summary>
    public TraceWorld(VmRelease release)
    {
        _release = release;
        Begin(DefaultMin, VmSpace.DefaultUserStack);
    }

    /// <summary>The kernel.</summary>
    public VmSystem System { get; private set; }

    /// <summary>The map that operations act on.</summary>
    public VmMap Map => _used.Map;

    /// <summary>Carries an operation out.</summary>
    /// <returns>What a trace records of it, right of the arrow: the answer, and the state unless digests are off.</returns>
    /// <exception cref="TraceFormatException">The operation is unknown or its arguments are malformed; nothing was done.</exception>
    public string Execute(TraceOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var arguments = new Arguments(operation);
        string answer;
        try
        {
            answer = Run(operation.Name, arguments);
        }
        catch (ArgumentException)
        {
            answer = Refused;
        }
        catch (InvalidOperationException)
        {
            answer = Refused;
        }
        if (operation.Name == "stat")
            return Statistics();
        if (operation.Name == "digest")
            return answer;
        var state = State();
        return answer.Length == 0 || state.Length == 0 ? answer + state : $"{answer} {state}";
    }

    /// <summary>The answer of an operation that the library refuses; traces say SKIP_ASSERT or BLOCKED(why).</summary>
    internal const string Refused = "SKIP_ASSERT";

    /// <summary>The entries of the map acted on, as a dump prints them.</summary>
    public string Dump() => TraceText.Dump(Map);

    [global::System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(System), nameof(_process), nameof(_used))]
    private void Begin(ulong min, ulong max)
    {
        System = new VmSystem(_release);
        _memory = new FailingMemory();
        _spaces.Clear();
        _objects.Clear();
        _used = new VmSpace(System, min, max);
        _used.Map.Physical = _memory;
        _used.Map.OverlooksRoom = true;
        _process = new VmProcess(_used);
        _spaces[0] = _used;
        _nextSpace = 1;
        _digests = 1;
    }

    private string State()
    {
        if (_digests == 0)
            return "";
        var digest = StateDigest.Of(Map);
        var more = _digests > 1 ? $" wired={Map.WiredPageCount} uwired={System.UserWiredPages} resv={TraceText.Hex(System.ReservedSwap)}" : "";
        return $"n={Map.EntryCount} size={TraceText.Hex(Map.Size)} ssize={_used.StackPages}{more} h={digest.Exact:x16} hm={digest.Merged:x16}";
    }

    private string Statistics()
    {
        var live = 0;
        foreach (var space in _spaces.Values)
            live += space.Map.EntryCount;
        return $"n={Map.EntryCount} size={TraceText.Hex(Map.Size)} ssize={_used.StackPages} wired={Map.WiredPageCount} uwired={System.UserWiredPages}"
            + $" resv={TraceText.Hex(System.ReservedSwap)} anon_loc={TraceText.Hex(Map.AnonymousHint)} dsize={_used.DataPages} tsize={_used.TextPages}"
            + $" entries_live={live}";
    }

    private VmObject ObjectOf(ulong number)
    {
        if (!_objects.TryGetValue(number, out var obj))
            _objects[number] = obj = new VmObject(VmObjectKind.Vnode, DefaultObjectPages, number);
        return obj;
    }
}
