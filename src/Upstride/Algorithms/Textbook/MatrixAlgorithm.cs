using System.Numerics;
using Upstride.Geometry;
using Upstride.Threading;

namespace Upstride.Algorithms.Textbook;

/// <summary>Builds the convolution matrix and multiplies by it, or by its transpose: the operator's name taken at its word.</summary>
internal sealed class MatrixAlgorithm : IAlgorithm
{
    // Measured: two index look-ups and a read-modify-write for each entry.
    private const double EntryCycles = 4;

    public string Name => "matrix";

    public string? Refusal(AlgorithmProblem problem)
    {
        long entries = ConvolutionMatrix.CountEntries(problem.Geometry.Axes);
        return entries <= ConvolutionMatrix.MaximalEntries ? null
            : $"the convolution matrix would have {entries} entries, more than {ConvolutionMatrix.MaximalEntries}";
    }

    public double EstimateCycles(AlgorithmProblem problem) =>
        EntryCycles * problem.Geometry.MultiplyAdds;

    public PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : INumber<T> => new Prepared<T>(problem.Geometry, problem.Pass, weight.ToArray(), epilogue);

    private sealed class Prepared<T>(ConvTransposeGeometry geometry, Pass pass, T[] weight, Epilogue<T> epilogue) : PreparedAlgorithm<T>
        where T : INumber<T>
    {
        private readonly ConvolutionMatrix _matrix = ConvolutionMatrix.Create(geometry);
        private readonly ActivationStrides _input = ActivationStrides.OfInput(geometry);
        private readonly ActivationStrides _output = ActivationStrides.OfOutput(geometry);
        private readonly ObjectPool<(T[] X, T[] Y)> _planes = new(() => (new T[geometry.InputPlane], new T[geometry.OutputPlane]));

        public override long WorkspaceBytes =>
            System.Runtime.CompilerServices.Unsafe.SizeOf<T>() * ((long)geometry.InputPlane + geometry.OutputPlane);

        public override long WeightBytes => 8L * _matrix.Entries;

        public override void SetWeight(ReadOnlySpan<T> values) => values.CopyTo(weight);

        public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
        {
            destination.Fill(T.Zero);
            int inputs = geometry.InputChannelsPerGroup, outputs = geometry.OutputChannelsPerGroup, taps = geometry.KernelTaps;
            (T[] x, T[] y) = _planes.Take();
            for (int n = 0; n < geometry.Batch; n++)
            for (int ci = 0; ci < geometry.InputChannels; ci++)
            for (int co = 0; co < outputs; co++)
            {
                nint first = n * _input.Image + ci * _input.Channel;
                nint second = n * _output.Image + (ci / inputs * outputs + co) * _output.Channel;
                int w = (ci * outputs + co) * taps;
                switch (pass)
                {
                    case Pass.Forward:
                        Take(left, first, _input.Width, x);
                        Take(destination, second, _output.Width, y);
                        _matrix.TransposeMultiplyAdd(weight.AsSpan(w, taps), x, y);
                        Put(y, destination, second, _output.Width);
                        break;
                    case Pass.InputGradient:
                        Take(left, second, _output.Width, y);
                        Take(destination, first, _input.Width, x);
                        _matrix.MultiplyAdd(weight.AsSpan(w, taps), y, x);
                        Put(x, destination, first, _input.Width);
                        break;
                    default:
                        Take(left, first, _input.Width, x);
                        Take(right, second, _output.Width, y);
                        _matrix.CorrelateAdd(x, y, destination.Slice(w, taps));
                        break;
                }
            }
            _planes.Return((x, y));
            epilogue.Apply(geometry, pass, destination, right);
        }

        // The elements of one channel stand a constant distance apart in either layout.
        private static void Take(ReadOnlySpan<T> tensor, nint first, nint distance, T[] plane)
        {
            for (int i = 0; i < plane.Length; i++) plane[i] = tensor[(int)(first + i * distance)];
        }

        private static void Put(T[] plane, Span<T> tensor, nint first, nint distance)
        {
            for (int i = 0; i < plane.Length; i++) tensor[(int)(first + i * distance)] = plane[i];
        }
    }
}
