using System.Collections.Immutable;
using System.Numerics;
using Upstride.Geometry;
using Upstride.Threading;

namespace Upstride.Algorithms.Textbook;

/// <summary>
/// The equivalent convolution, literally: zeros are inserted between the inputs and padded around them, and the flipped kernel slides
/// over the result with stride 1. Most of its products are with zeros; it is here to be looked at and compared with.
/// </summary>
internal sealed class ZeroInsertionAlgorithm : IAlgorithm
{
    // Measured: a bounds check and a multiply-add for each place of the window, most of them zeros.
    private const double ProductCycles = 2;

    public string Name => "zero-insertion";

    public string? Refusal(AlgorithmProblem problem)
    {
        if (problem.Pass != Pass.Forward)
            return "it stretches an input, and a gradient has none to stretch: the input gradient already is a convolution";
        UInt128 length = 1;
        foreach (Window window in Windows(problem.Geometry)) length *= (UInt128)window.Length;
        return length <= (UInt128)Array.MaxLength
            ? null : $"the stretched and padded input would have {length} elements a channel, more than an array's {Array.MaxLength}";
    }

    public double EstimateCycles(AlgorithmProblem problem)
    {
        ConvTransposeGeometry geometry = problem.Geometry;
        return ProductCycles * geometry.Batch * geometry.InputChannels * geometry.OutputChannelsPerGroup * geometry.OutputPlane
            * geometry.KernelTaps;
    }

    public PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T> => new Prepared<T>(problem.Geometry, weight.ToArray(), epilogue);

    private static ImmutableArray<Window> Windows(ConvTransposeGeometry geometry) =>
        [.. geometry.ThreeAxes.Select(static axis => new Window(axis))];

    /// <summary>One axis of the stretched, padded input.</summary>
    private readonly struct Window(ConvTransposeAxis axis)
    {
        private readonly EquivalentConvolution _equivalent = EquivalentConvolution.Of(axis);

        public ConvTransposeAxis Axis { get; } = axis;

        /// <summary>Elements with the padding; a negative padding crops.</summary>
        public long Length => (long)_equivalent.Input + _equivalent.PaddingHead + _equivalent.PaddingTail;

        /// <summary>Where input <paramref name="i"/> is in it.</summary>
        public int Place(int i) => _equivalent.PaddingHead + i * (_equivalent.ZerosBetween + 1);
    }

    private sealed class Prepared<T>(ConvTransposeGeometry geometry, T[] weight, Epilogue<T> epilogue) : PreparedAlgorithm<T>
        where T : INumber<T>
    {
        private readonly ActivationStrides _input = ActivationStrides.OfInput(geometry);
        private readonly ActivationStrides _output = ActivationStrides.OfOutput(geometry);
        private readonly ImmutableArray<Window> _windows = Windows(geometry);
        private readonly ObjectPool<T[]> _stretched =
            new(() => new T[Windows(geometry).Aggregate(1, static (product, window) => product * (int)window.Length)]);

        public override long WorkspaceBytes =>
            System.Runtime.CompilerServices.Unsafe.SizeOf<T>() * _windows[0].Length * _windows[1].Length * _windows[2].Length;

        public override void SetWeight(ReadOnlySpan<T> values) => values.CopyTo(weight);

        public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
        {
            destination.Fill(T.Zero);
            int inputs = geometry.InputChannelsPerGroup, outputs = geometry.OutputChannelsPerGroup, taps = geometry.KernelTaps;
            T[] stretched = _stretched.Take();
            for (int n = 0; n < geometry.Batch; n++)
            for (int ci = 0; ci < geometry.InputChannels; ci++)
            {
                Stretch(left, (int)(n * _input.Image + ci * _input.Channel), stretched);
                for (int co = 0; co < outputs; co++)
                    Convolve(stretched, (ci * outputs + co) * taps, destination,
                        (int)(n * _output.Image + (ci / inputs * outputs + co) * _output.Channel));
            }
            _stretched.Return(stretched);
            epilogue.Apply(geometry, Pass.Forward, destination, right);
        }

        private void Stretch(ReadOnlySpan<T> source, int first, T[] stretched)
        {
            Array.Fill(stretched, T.Zero);
            (Window w0, Window w1, Window w2) = (_windows[0], _windows[1], _windows[2]);
            for (int i0 = 0; i0 < w0.Axis.Input; i0++)
            for (int i1 = 0; i1 < w1.Axis.Input; i1++)
            for (int i2 = 0; i2 < w2.Axis.Input; i2++)
            {
                (int p0, int p1, int p2) = (w0.Place(i0), w1.Place(i1), w2.Place(i2));
                if ((uint)p0 >= w0.Length || (uint)p1 >= w1.Length || (uint)p2 >= w2.Length) continue;
                stretched[(p0 * w1.Length + p1) * w2.Length + p2] =
                    source[first + (int)(i0 * _input.Depth + i1 * _input.Height + i2 * _input.Width)];
            }
        }

        private void Convolve(T[] stretched, int firstTap, Span<T> destination, int first)
        {
            (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (_windows[0].Axis, _windows[1].Axis, _windows[2].Axis);
            for (int o0 = 0; o0 < a0.Output; o0++)
            for (int o1 = 0; o1 < a1.Output; o1++)
            for (int o2 = 0; o2 < a2.Output; o2++)
            {
                T sum = T.Zero;
                for (int t0 = 0; t0 < a0.Kernel; t0++)
                for (int t1 = 0; t1 < a1.Kernel; t1++)
                {
                    long row = ((o0 + t0 * a0.Dilation) * _windows[1].Length + o1 + t1 * a1.Dilation) * _windows[2].Length + o2;
                    // The kernel is flipped: tap t of the window is tap kernel - 1 - t of the weights.
                    int tap = firstTap + (((a0.Kernel - 1 - t0) * a1.Kernel) + (a1.Kernel - 1 - t1)) * a2.Kernel + a2.Kernel - 1;
                    for (int t2 = 0; t2 < a2.Kernel; t2++) sum += stretched[row + (t2 * a2.Dilation)] * weight[tap - t2];
                }
                destination[first + (int)(o0 * _output.Depth + o1 * _output.Height + o2 * _output.Width)] += sum;
            }
        }
    }
}
