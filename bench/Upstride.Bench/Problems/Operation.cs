namespace Upstride.Bench.Problems;

/// <summary>What is computed from a problem's three tensors: coarse, fine and weight (see <see cref="Problem"/>).</summary>
internal enum Operation
{
    /// <summary>Transposed convolution: coarse and weight give fine.</summary>
    Forward,

    /// <summary>Gradient of the transposed convolution's input: fine and weight give coarse.</summary>
    InputGradient,

    /// <summary>Gradient of the transposed convolution's weight: coarse and fine give weight.</summary>
    WeightGradient,

    /// <summary>Convolution: fine and weight give coarse.</summary>
    Convolution,
}

internal static class Operations
{
    /// <summary>The operation as it is written on the command line.</summary>
    public static string Name(this Operation operation) => operation switch
    {
        Operation.Forward => "forward",
        Operation.InputGradient => "input-gradient",
        Operation.WeightGradient => "weight-gradient",
        _ => "convolution",
    };

    /// <summary>The operation of a name; null where there is none.</summary>
    public static Operation? Named(string name) =>
        Enum.GetValues<Operation>().Where(o => o.Name() == name).Select(o => (Operation?)o).FirstOrDefault();
}
