// Where the live view is drawn.
namespace Growstack.Cli.Live;

/// <summary>A part of a terminal that is growstack's for the time being.</summary>
internal interface ILiveArea : IDisposable
{
    /// <summary>Its size in characters; no rows while it may not be drawn on.</summary>
    (int Rows, int Columns) Size { get; }

    /// <summary>Looks whether the terminal has another size by now, or other owners.</summary>
    /// <param name="processes">The processes of the run.</param>
    void Follow(IReadOnlyCollection<int> processes);

    /// <summary>Replaces what was drawn.</summary>
    /// <param name="lines">No longer and no more than <see cref="Size"/> says.</param>
    void Draw(IReadOnlyList<string> lines);

    /// <summary>Gives the terminal back, as when the run is stopped by a key; <see cref="Follow"/> takes it again.</summary>
    void Release();
}
