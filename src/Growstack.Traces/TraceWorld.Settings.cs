// The operations that set the surroundings: config, set, sysctl, limit, objects and spaces.
using Growstack.Maps;
using Growstack.Processes;

namespace Growstack.Traces;

public sealed partial class TraceWorld
{
    private const string Done = "OK";
    private const string NoSuchSpace = "BADSPACE";

    private string Configure(Arguments arguments)
    {
        List<(string Key, ulong Value)> settings = [];
        var (min, max) = (DefaultMin, VmSpace.DefaultUserStack);
        var anonymousObjects = true;
        var overlooksRoom = true;
        while (!arguments.AtEnd)
        {
            var word = arguments.Word();
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw arguments.Bad("A setting has the form key=value.");
            var (key, text) = (word[..equals], word[(equals + 1)..]);
            switch (key)
            {
                case "min":
                    min = arguments.ParseNumber(text);
                    break;
                case "max":
                    max = arguments.ParseNumber(text);
                    break;
                case "objects":
                    anonymousObjects = text != "null";
                    break;
                case "search":
                    if (text is not ("first" or "kernel"))
                        throw arguments.Bad($"'{text}' is no way to search for room.");
                    overlooksRoom = text == "kernel";
                    break;
                default:
                    if (!IsSetting(key))
                        throw arguments.Bad($"'{key}' is no setting.");
                    settings.Add((key, arguments.ParseNumber(text)));
                    break;
            }
        }
        if (min >= max)
            throw arguments.Bad("The map would be empty.");
        Begin(min, max);
        Map.AnonymousObjects = anonymousObjects;
        Map.OverlooksRoom = overlooksRoom;
        foreach (var (key, value) in settings)
            Apply(key, value);
        return Done;
    }

    private string Set(Arguments arguments)
    {
        var key = arguments.Word();
        if (!IsSetting(key))
            throw arguments.Bad($"'{key}' is no setting.");
        var value = arguments.Number();
        arguments.ExpectEnd();
        Apply(key, value);
        return Done;
    }

    private static bool IsSetting(string key) => key is "sgrowsiz" or "guard_pages" or "maxsaddr" or "usrstack" or "ssize"
        or "rlimit_stack" or "rlimit_vmem" or "rlimit_memlock" or "swap" or "max_user_wired" or "old_mlock" or "textvp" or "stkgap_disable"
        or "daddr" or "dsize" or "taddr" or "tsize" or "wirefuture" or "cluster_anon" or "wirefail" or "wirefail_rc";

    private void Apply(string key, ulong value)
    {
        switch (key)
        {
            case "sgrowsiz":
                System.StackGrowthSize = value;
                break;
            case "guard_pages":
                System.GuardPages = (int)Math.Min(value, int.MaxValue);
                break;
            case "maxsaddr":
                _used.StackFloor = value;
                break;
            case "usrstack":
                _used.UserStack = value;
                break;
            case "ssize":
                _used.StackPages = value;
                break;
            case "rlimit_stack":
                _process.Limits = _process.Limits with { Stack = value };
                break;
            case "rlimit_vmem":
                _process.Limits = _process.Limits with { Vmem = value };
                break;
            case "rlimit_memlock":
                _process.Limits = _process.Limits with { Memlock = value };
                break;
            case "swap":
                System.SwapLimit = value;
                break;
            case "max_user_wired":
                System.MaxUserWiredPages = value;
                break;
            case "old_mlock":
                System.OldMlock = value != 0;
                break;
            case "textvp":
                _process.HasText = value != 0;
                break;
            case "stkgap_disable":
                _process.StackGapDisabled = value != 0;
                break;
            case "daddr":
                _used.DataAddress = value;
                break;
            case "dsize":
                _used.DataPages = value;
                break;
            case "taddr":
                _used.TextAddress = value;
                break;
            case "tsize":
                _used.TextPages = value;
                break;
            case "wirefuture":
                Map.WireFuture = value != 0;
                break;
            case "cluster_anon":
                System.ClusterAnonymous = (int)Math.Min(value, 2);
                break;
            case "wirefail":
                _memory.FailAt = value;
                break;
            case "wirefail_rc":
                _memory.Failure = (KernReturn)Math.Min(value, int.MaxValue);
                break;
        }
    }

    private string Sysctl(Arguments arguments)
    {
        var name = arguments.Word();
        if (name is not ("sgrowsiz" or "guard"))
            throw arguments.Bad($"'{name}' is no sysctl.");
        Apply(name == "guard" ? "guard_pages" : name, arguments.Number());
        return Done;
    }

    private string Limit(Arguments arguments)
    {
        var name = arguments.Word();
        if (name is not ("stack" or "vmem" or "memlock"))
            throw arguments.Bad($"'{name}' is no limit.");
        Apply($"rlimit_{name}", arguments.Number());
        return Done;
    }

    private string WireFuture(Arguments arguments)
    {
        Map.WireFuture = arguments.Switch();
        return Done;
    }

    private string TextVnode(Arguments arguments)
    {
        _process.HasText = arguments.Switch();
        return Done;
    }

    private string SetDigests(Arguments arguments)
    {
        _digests = arguments.Index();
        return Done;
    }

    private string MakeObject(Arguments arguments)
    {
        var number = arguments.Number();
        var kind = arguments.Word() switch
        {
            "vnode" => VmObjectKind.Vnode,
            "anon" => VmObjectKind.Anonymous,
            var other => throw arguments.Bad($"'{other}' is neither 'vnode' nor 'anon'."),
        };
        _objects[number] = new VmObject(kind, arguments.Number(), number);
        return Done;
    }

    private string Fork()
    {
        var child = _used.Fork(out var charge);
        if (!System.TryReserveForked(child, charge))
            return $"FAIL(swap) charge={TraceText.Hex(charge)}";
        child.Map.Physical = _memory;
        _spaces[_nextSpace] = child;
        return $"OK space={_nextSpace++} charge={TraceText.Hex(charge)}";
    }

    private string Use(Arguments arguments, bool mapToo)
    {
        // Without such a space the process stays where it is, which only 'use' reports.
        if (!_spaces.TryGetValue(arguments.Index(), out var space))
            return mapToo ? NoSuchSpace : Done;
        if (mapToo)
            _used = space;
        _process.Space = space;
        return Done;
    }

    private string Free(Arguments arguments)
    {
        // Whether or not there is such a space, the first one is used from here on.
        _used = _spaces[0];
        _process.Space = _used;
        var number = arguments.Index();
        if (number == 0 || !_spaces.Remove(number, out var space))
            return NoSuchSpace;
        space.Free();
        return Done;
    }
}
