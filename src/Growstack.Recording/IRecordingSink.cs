// The seam between what happens and who wants to know: the writer is a sink, and so is whatever reads a recording.
namespace Growstack.Recording;

/// <summary>Receives a recording line by line, in the order in which things happened.</summary>
/// <remarks>Memory that a line refers to belongs to the caller; a sink that keeps a line beyond the call may keep it, since callers do not reuse it.</remarks>
public interface IRecordingSink
{
    /// <summary>The recording starts; always first.</summary>
    void Write(in StartLine line);

    /// <summary>A process begins, or begins a new program.</summary>
    void Write(in ProcessLine line);

    /// <summary>A thread begins, or changes its name.</summary>
    void Write(in ThreadLine line);

    /// <summary>A stack comes under management.</summary>
    void Write(in StackLine line);

    /// <summary>The map grew a stack.</summary>
    void Write(in GrowthLine line);

    /// <summary>A function, before its first use in a chain.</summary>
    void Write(in FrameLine line);

    /// <summary>A call chain, before its first use.</summary>
    void Write(in ChainLine line);

    /// <summary>A limit changed.</summary>
    void Write(in LimitLine line);

    /// <summary>A stack overflowed.</summary>
    void Write(in OverflowLine line);

    /// <summary>A stack's thread, or its process, ended.</summary>
    void Write(in PeakLine line);

    /// <summary>A process's address map at its end.</summary>
    void Write(in MapLine line);

    /// <summary>A process ended.</summary>
    void Write(in ExitLine line);

    /// <summary>The recording ends; always last.</summary>
    void Write(in EndLine line);
}
