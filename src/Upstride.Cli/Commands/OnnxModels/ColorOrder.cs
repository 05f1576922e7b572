namespace Upstride.Cli.Commands.OnnxModels;

/// <summary>How a model counts colours.</summary>
internal enum ColorOrder
{
    /// <summary>Red, green, blue.</summary>
    RedFirst,

    /// <summary>Blue, green, red.</summary>
    BlueFirst,
}
