namespace Upstride.Algorithms.Blocks;

/// <summary>How a destination falls into blocks: j of each axis, and images that are stored side by side.</summary>
internal interface IBlockShape
{
    int Images { get; }

    int Depth { get; }

    int Height { get; }

    int Width { get; }

    int BlocksOfDepth { get; }

    int BlocksOfHeight { get; }

    int BlocksOfWidth { get; }

    /// <summary>Whether a block is counted from where each phase begins; else from where the first one does.</summary>
    bool IsRelative { get; }
}
