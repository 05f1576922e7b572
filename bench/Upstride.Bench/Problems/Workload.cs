namespace Upstride.Bench.Problems;

/// <summary>A problem, what to compute from it, and the two operands, filled once and read by every contender.</summary>
internal sealed class Workload : IDisposable
{
    /// <summary>Fills the two operands that the operation reads.</summary>
    public Workload(Problem problem, Operation operation, int threads, bool allowWinograd)
    {
        (Problem, Operation, Threads, AllowWinograd) = (problem, operation, threads, allowWinograd);
        if (operation is Operation.Forward or Operation.WeightGradient) Coarse = NativeBuffer.Random(problem.Geometry.InputLength, 1);
        if (operation is not Operation.Forward) Fine = NativeBuffer.Random(problem.Geometry.OutputLength, 2);
        if (operation is not Operation.WeightGradient) Weight = NativeBuffer.Random(problem.Geometry.WeightLength, 3);
    }

    /// <summary>Sizes.</summary>
    public Problem Problem { get; }

    /// <summary>What is computed.</summary>
    public Operation Operation { get; }

    /// <summary>Threads that a contender may use.</summary>
    public int Threads { get; }

    /// <summary>Whether Upstride may choose Winograd's algorithm.</summary>
    public bool AllowWinograd { get; }

    /// <summary>The coarse tensor where the operation reads it: [batch, coarse channels, coarse...].</summary>
    public NativeBuffer? Coarse { get; }

    /// <summary>The fine tensor where the operation reads it: [batch, fine channels, fine...].</summary>
    public NativeBuffer? Fine { get; }

    /// <summary>The weight where the operation reads it: [coarse channels, fine channels / groups, kernel...].</summary>
    public NativeBuffer? Weight { get; }

    /// <summary>The operand that is not the weight, for the operations that read one: what a layer calls its input.</summary>
    public NativeBuffer Data => (Operation is Operation.Forward ? Coarse : Fine)!;

    /// <summary>Elements of the result.</summary>
    public int OutputLength => Operation switch
    {
        Operation.Forward => Problem.Geometry.OutputLength,
        Operation.WeightGradient => Problem.Geometry.WeightLength,
        _ => Problem.Geometry.InputLength,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        Coarse?.Dispose();
        Fine?.Dispose();
        Weight?.Dispose();
    }
}
