using Upstride.Geometry;

namespace Upstride.Onnx;

/// <summary>One node of a plan.</summary>
/// <param name="Name">What messages call it: <c>node 'up1' (ConvTranspose)</c>.</param>
/// <param name="Operator">The operator with what was taken into it: <c>ConvTranspose + residual + Relu</c>.</param>
/// <param name="Inputs">Element types and shapes of the inputs, constants among them.</param>
/// <param name="Output">Element type and shape of the first output.</param>
/// <param name="Algorithm">How it is computed, where there is a choice; "view" where nothing is moved.</param>
/// <param name="Flops">Floating-point operations of one run by the definition, a multiplication and an addition being two.</param>
/// <param name="Bytes">Bytes of the inputs that it reads and the outputs that it writes.</param>
/// <param name="Overlap">Of a transposed convolution, how many products land on each output: uneven is prone to checkerboards.</param>
/// <param name="Time">The shortest of the measured runs; null where none was measured.</param>
public sealed record OnnxPlanStep(
    string Name, string Operator, string Inputs, string Output, string Algorithm, long Flops, long Bytes, OverlapMap? Overlap,
        TimeSpan? Time)
{
    /// <summary>
    /// In which stage it runs, counted from 1. A model has several where sizes are known only as it runs: each stage is planned for those
    /// that the one before gave.
    /// </summary>
    public int Stage { get; init; } = 1;
}
