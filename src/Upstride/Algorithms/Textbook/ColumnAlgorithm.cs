using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using Upstride.Geometry;
using Upstride.Kernels;
using Upstride.Threading;

namespace Upstride.Algorithms.Textbook;

/// <summary>
/// One matrix product and a column buffer, as most frameworks do it: the product of weights and input holds every tap's contribution
/// to every input's place, [output channels * taps, input places], and col2im adds these up into the output. The gradients gather the
/// same buffer from the output (im2col) and multiply it.
/// </summary>
internal sealed class ColumnAlgorithm : VectorAlgorithm
{
    // Measured: every element of the column buffer is placed by index arithmetic, written and read again; the weights are packed for each
    // image.
    private const double PassCycles = 12;

    public override string Name => "column";

    protected override string? VectorRefusal(AlgorithmProblem problem)
    {
        ConvTransposeGeometry geometry = problem.Geometry;
        long rows = (long)geometry.OutputChannelsPerGroup * geometry.KernelTaps;
        return rows * geometry.InputPlane <= Array.MaxLength / sizeof(double) ? null
            : $"its column buffer would have output channels of a group * taps * input places = "
            + $"{geometry.OutputChannelsPerGroup}*{geometry.KernelTaps}*{geometry.InputPlane} = {rows * geometry.InputPlane} elements, "
            + $"more than {Array.MaxLength / sizeof(double)}";
    }

    public override double EstimateCycles(AlgorithmProblem problem) =>
        PassCycles * problem.Geometry.MultiplyAdds / problem.Geometry.InputChannelsPerGroup + 4.0 * problem.Geometry.MultiplyAdds;

    protected override PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue) =>
        Prepare<float>(problem, weight, epilogue);

    protected override PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight,
        Epilogue<double> epilogue) => Prepare<double>(problem, weight, epilogue);

    private static PreparedAlgorithm<T> Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
        where T : unmanaged, INumber<T> =>
        new Prepared<T>(problem.Geometry, problem.Pass, weight.ToArray(), epilogue, problem.Settings.Width);

    private sealed unsafe class Prepared<T>(ConvTransposeGeometry geometry, Pass pass, T[] weight, Epilogue<T> epilogue, SimdWidth width)
        : PreparedAlgorithm<T>
        where T : unmanaged, INumber<T>
    {
        private readonly ActivationStrides _input = ActivationStrides.OfInput(geometry);
        private readonly ActivationStrides _output = ActivationStrides.OfOutput(geometry);
        private readonly ImmutableArray<ConvTransposeAxis> _axes = geometry.ThreeAxes;
        private readonly int _rows = geometry.OutputChannelsPerGroup * geometry.KernelTaps;
        private readonly int _places = geometry.InputPlane;
        private readonly ObjectPool<Workspace> _work = new(() => new(geometry, pass, width));

        public override long WorkspaceBytes => Workspace.Length(geometry, pass, width) * Unsafe.SizeOf<T>();

        public override void SetWeight(ReadOnlySpan<T> values) => values.CopyTo(weight);

        public override void Run(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> destination)
        {
            destination.Clear();
            Workspace work = _work.Take();
            try
            {
                fixed (T* weights = weight)
                {
                    for (int n = 0; n < geometry.Batch; n++)
                        for (int g = 0; g < geometry.Groups; g++) Group(n, g, left, right, weights, destination, work);
                }
            }
            finally
            {
                _work.Return(work);
            }
            epilogue.Apply(geometry, pass, destination, right);
        }

        private void Group(int n, int g, ReadOnlySpan<T> left, ReadOnlySpan<T> right, T* weights, Span<T> destination, Workspace work)
        {
            int inputs = geometry.InputChannelsPerGroup;
            nint x = n * _input.Image + (nint)g * inputs * _input.Channel;
            nint y = n * _output.Image + (nint)g * geometry.OutputChannelsPerGroup * _output.Channel;
            T* w = weights + (long)g * inputs * _rows;
            T* columns = work.Columns.Start, plane = work.Plane.Start;
            switch (pass)
            {
                case Pass.Forward:
                    Copy(left, x, plane);
                    work.Multiply.Run(w, 1, _rows, plane, _places, columns, _places);
                    ToImage(columns, destination, y);
                    break;
                case Pass.InputGradient:
                    ToColumns(left, y, columns, _places, 1);
                    work.Multiply.Run(w, _rows, 1, columns, _places, plane, _places);
                    CopyBack(plane, destination, x);
                    break;
                default:
                    Copy(left, x, plane);
                    ToColumns(right, y, columns, 1, _rows);
                    work.Multiply.Run(plane, _places, 1, columns, _rows, work.Product.Start, _rows);
                    Span<T> gradient = destination.Slice(g * inputs * _rows, inputs * _rows);
                    System.Numerics.Tensors.TensorPrimitives.Add(gradient, work.Product.Span, gradient);
                    break;
            }
        }

        /// <summary>
        /// What one run works in: the column buffer, the places of a group's input channels, and for a weight gradient one image's share of
        /// it.
        /// </summary>
        private sealed class Workspace
        {
            public Workspace(ConvTransposeGeometry geometry, Pass pass, SimdWidth width)
            {
                (int inputs, int rows, int places) = Sizes(geometry);
                int slack = MatrixMultiply<T>.Slack(width);
                Columns = new((long)rows * places + slack);
                Plane = new((long)inputs * places + slack);
                Product = new(pass == Pass.WeightGradient ? (long)inputs * rows : 0);
                Multiply = new(width, pass switch
                {
                    Pass.Forward => (rows, places, inputs),
                    Pass.InputGradient => (inputs, places, rows),
                    _ => (inputs, rows, places),
                });
            }

            public AlignedBuffer<T> Columns { get; }

            public AlignedBuffer<T> Plane { get; }

            public AlignedBuffer<T> Product { get; }

            public MatrixMultiply<T> Multiply { get; }

            /// <summary>Elements of all of it.</summary>
            public static long Length(ConvTransposeGeometry geometry, Pass pass, SimdWidth width)
            {
                (int inputs, int rows, int places) = Sizes(geometry);
                int sum = pass switch { Pass.Forward => inputs, Pass.InputGradient => rows, _ => places };
                return ((long)rows + inputs) * places + 2 * MatrixMultiply<T>.Slack(width)
                    + (pass == Pass.WeightGradient ? (long)inputs * rows : 0)
                    + MatrixMultiply<T>.WorkspaceLength(width, sum);
            }

            private static (int Inputs, int Rows, int Places) Sizes(ConvTransposeGeometry geometry) =>
                (geometry.InputChannelsPerGroup, geometry.OutputChannelsPerGroup * geometry.KernelTaps, geometry.InputPlane);
        }

        // Both layouts keep the places of one channel a constant distance apart.
        private void Copy(ReadOnlySpan<T> tensor, nint first, T* plane)
        {
            fixed (T* start = tensor)
            {
                for (int c = 0; c < geometry.InputChannelsPerGroup; c++)
                    RowCopy.Copy(start + first + c * _input.Channel, _input.Width, plane + (long)c * _places, 1, _places);
            }
        }

        private void CopyBack(T* plane, Span<T> tensor, nint first)
        {
            fixed (T* start = tensor)
            {
                for (int c = 0; c < geometry.InputChannelsPerGroup; c++)
                    RowCopy.Copy(plane + (long)c * _places, 1, start + first + c * _input.Channel, _input.Width, _places);
            }
        }

        private void ToImage(T* columns, Span<T> destination, nint first)
        {
            for (int row = 0; row < _rows; row++)
            {
                for (int place = 0; place < _places; place++)
                    if (OutputOf(row, place) is var o and >= 0) destination[(int)(first + o)] += columns[(long)row * _places + place];
            }
        }

        private void ToColumns(ReadOnlySpan<T> source, nint first, T* columns, nint rowPitch, nint placePitch)
        {
            for (int row = 0; row < _rows; row++)
            {
                for (int place = 0; place < _places; place++)
                    columns[row * rowPitch + place * placePitch] =
                        OutputOf(row, place) is var o and >= 0 ? source[(int)(first + o)] : T.Zero;
            }
        }

        /// <summary>
        /// The output element, from the group's first, that the tap of a row makes from the input at a place; -1 where it is cropped.
        /// </summary>
        private nint OutputOf(int row, int place)
        {
            (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (_axes[0], _axes[1], _axes[2]);
            int o2 = a2.OutputOf(place % a2.Input, row % a2.Kernel);
            (place, row) = (place / a2.Input, row / a2.Kernel);
            int o1 = a1.OutputOf(place % a1.Input, row % a1.Kernel);
            (place, row) = (place / a1.Input, row / a1.Kernel);
            int o0 = a0.OutputOf(place, row % a0.Kernel);
            bool kept = (uint)o0 < (uint)a0.Output && (uint)o1 < (uint)a1.Output && (uint)o2 < (uint)a2.Output;
            return kept ? row / a0.Kernel * _output.Channel + o0 * _output.Depth + o1 * _output.Height + o2 * _output.Width : -1;
        }
    }
}
