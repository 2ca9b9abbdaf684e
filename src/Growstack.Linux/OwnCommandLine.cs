// The raw bytes of this process's own arguments.
using System.Text;

namespace Growstack.Linux;

/// <summary>This process's own command line as the kernel holds it: .NET's strings lose bytes that are not UTF-8.</summary>
public static class OwnCommandLine
{
    /// <summary>Reads the last arguments of this process.</summary>
    /// <param name="words">The last arguments as .NET gave them to <c>Main</c>.</param>
    /// <returns>
    /// The same arguments as bytes without the final zero, for <see cref="RunOptions.RawCommand"/>; null when the command line cannot be
    /// read or does not end in these words.
    /// </returns>
    public static IReadOnlyList<byte[]>? Tail(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        byte[] all;
        try
        {
            all = File.ReadAllBytes("/proc/self/cmdline");
        }
        catch (IOException)
        {
            return null;
        }

        var parts = new List<byte[]>();
        for (int at = 0; at < all.Length;)
        {
            int end = Array.IndexOf(all, (byte)0, at);
            if (end < 0)
                end = all.Length;
            parts.Add(all[at..end]);
            at = end + 1;
        }

        if (parts.Count < words.Count)
            return null;
        var tail = parts.GetRange(parts.Count - words.Count, words.Count);
        for (int i = 0; i < tail.Count; i++)
        {
            if (Encoding.UTF8.GetString(tail[i]) != words[i])
                return null;
        }

        return tail;
    }
}
