using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;

namespace Upstride.Algorithms.Textbook;

/// <summary>
/// Overlap-add, straight from the definition: every input element times every tap is added to the output it reaches. Any numeric type,
/// any geometry; the reference that the others are held against, and the last of the list.
/// </summary>
internal sealed class ScatterAlgorithm : IAlgorithm
{
    // Measured: index arithmetic, bounds checks and a read-modify-write for each product.
    private const double ScalarCycles = 8;

    // Every element of the destination is cleared first.
    private const double ElementCycles = 0.5;

    public string Name => "scatter";

    public string? Refusal(AlgorithmProblem problem) => null;

    public double EstimateCycles(AlgorithmProblem problem) =>
        ScalarCycles * problem.Geometry.KeptMultiplyAdds + ElementCycles * problem.DestinationLength;

    public PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T> => new Prepared<T>(problem.Geometry, problem.Pass, weight.ToArray(), epilogue);

    private sealed class Prepared<T>(ConvTransposeGeometry geometry, Pass pass, T[] weight, Epilogue<T> epilogue) : PreparedAlgorithm<T>
        where T : INumber<T>
    {
        private readonly ActivationStrides _input = ActivationStrides.OfInput(geometry);
        private readonly ActivationStrides _output = ActivationStrides.OfOutput(geometry);
        private readonly ImmutableArray<ConvTransposeAxis> _axes = geometry.ThreeAxes;

        // The inputs that reach a kept output through each tap: what is cropped costs nothing, however far a dilated kernel reaches.
        private readonly ImmutableArray<ImmutableArray<(int First, int End)>> _inside =
            [.. geometry.ThreeAxes.Select(static axis => Arrays.Range(0, axis.Kernel).Select(axis.InputsThrough).ToImmutableArray())];

        public override void SetWeight(ReadOnlySpan<T> values) => values.CopyTo(weight);

        public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
        {
            destination.Fill(T.Zero);
            int inputs = geometry.InputChannelsPerGroup, outputs = geometry.OutputChannelsPerGroup, taps = geometry.KernelTaps;
            for (int n = 0; n < geometry.Batch; n++)
            for (int ci = 0; ci < geometry.InputChannels; ci++)
            for (int co = 0; co < outputs; co++)
            {
                nint x = n * _input.Image + ci * _input.Channel;
                nint y = n * _output.Image + (ci / inputs * outputs + co) * _output.Channel;
                Planes(left, right, destination, x, y, (ci * outputs + co) * taps);
            }
            epilogue.Apply(geometry, pass, destination, right);
        }

        /// <summary>One input plane, one output plane and the kernel between them, by their first elements.</summary>
        private void Planes(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination, nint x, nint y, int w)
        {
            (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (_axes[0], _axes[1], _axes[2]);
            for (int t0 = 0; t0 < a0.Kernel; t0++)
            for (int t1 = 0; t1 < a1.Kernel; t1++)
            for (int t2 = 0; t2 < a2.Kernel; t2++, w++)
            for (int i0 = _inside[0][t0].First; i0 < _inside[0][t0].End; i0++)
            for (int i1 = _inside[1][t1].First; i1 < _inside[1][t1].End; i1++)
            for (int i2 = _inside[2][t2].First; i2 < _inside[2][t2].End; i2++)
            {
                (int o0, int o1, int o2) = (a0.OutputOf(i0, t0), a1.OutputOf(i1, t1), a2.OutputOf(i2, t2));
                int i = (int)(x + i0 * _input.Depth + i1 * _input.Height + i2 * _input.Width);
                int o = (int)(y + o0 * _output.Depth + o1 * _output.Height + o2 * _output.Width);
                switch (pass)
                {
                    case Pass.Forward: destination[o] += left[i] * weight[w]; break;
                    case Pass.InputGradient: destination[i] += left[o] * weight[w]; break;
                    default: destination[w] += left[i] * right[o]; break;
                }
            }
        }
    }
}
