// How a stack grew, in as many points as a screen can show.
using System.Text.Json;

namespace Growstack.Recording;

/// <summary>Reduces growths to the points of a curve. What a stack has mapped only ever rises, so the last point of each slice of time is enough.</summary>
internal static class GrowthCurve
{
    private const int MostPoints = 150_000;

    /// <summary>Points a stack may have, so that the page stays small however many stacks there are.</summary>
    public static int PointsFor(int stacks) => Math.Clamp(MostPoints / Math.Max(1, stacks), 16, 600);

    /// <summary>Writes times and depths, each as the difference from the one before, the first from the stack's beginning.</summary>
    public static void Write(Utf8JsonWriter json, RecordedStack stack, int most)
    {
        var points = Points(stack, most);
        json.WriteNumber("start"u8, stack.Line.Mapped);
        json.WriteStartArray("times"u8);
        var last = stack.Line.At;
        foreach (var (at, _) in points)
        {
            json.WriteNumberValue(at - last);
            last = at;
        }

        json.WriteEndArray();
        json.WriteStartArray("depths"u8);
        var depth = (long)stack.Line.Mapped;
        foreach (var (_, mapped) in points)
        {
            json.WriteNumberValue(mapped - depth);
            depth = mapped;
        }

        json.WriteEndArray();
        if (stack.LimitChanges.Count == 0)
            return;

        json.WriteStartArray("limits"u8);
        foreach (var (at, bytes) in stack.LimitChanges)
        {
            json.WriteNumberValue(at);
            json.WriteNumberValue(bytes == RecordingFormat.Unlimited ? -1 : (long)bytes);
        }

        json.WriteEndArray();
        json.WriteNumber("firstLimit"u8, stack.Line.Limit == RecordingFormat.Unlimited ? -1 : (long)stack.Line.Limit);
    }

    /// <summary>Times in microseconds and what was mapped then, in bytes.</summary>
    public static List<(long At, long Mapped)> Points(RecordedStack stack, int most)
    {
        var growths = stack.Growths;
        var points = new List<(long, long)>(Math.Min(growths.Count, most));
        if (growths.Count == 0)
            return points;

        var first = growths[0].At;
        var span = Math.Max(1, growths[^1].At - first);
        var mapped = (long)stack.Line.Mapped;
        for (var i = 0; i < growths.Count; i++)
        {
            mapped = Math.Max(mapped, (long)(stack.Line.High - Math.Min(growths[i].To, stack.Line.High)));
            if (growths.Count <= most || i == 0 || i == growths.Count - 1 || Slice(growths[i].At) != Slice(growths[i + 1].At))
                points.Add((growths[i].At, mapped));
        }

        return points;

        long Slice(long at) => (long)((double)(at - first) / span * (most - 2));
    }
}
