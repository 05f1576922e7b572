using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Threads;
using Upstride.Operators;

namespace Upstride.Onnx.Operators.Matrices;

/// <summary>
/// C = A B, A [rows, depth], B [depth, columns] or transposed. It is a convolution with a kernel of one tap, whose weights are the constant
/// matrix, packed once, or one of two that are computed, packed in each run; few rows are too little for that, and are computed one by one,
/// those by a
/// constant matrix as a <see cref="PackedGemv"/>, but where bits may not depend on their number.
/// </summary>
internal sealed unsafe class MatrixProduct : IDisposable
{
    // A register tile computes a vector of rows at once, and fewer than half of one are done faster in another way.
    private const int FewRows = 8;

    private readonly (int Rows, int Depth, int Columns) _sizes;
    private readonly bool _transposed;
    private readonly ComputeSettings _settings;
    private readonly Plan<float>? _plan;
    private readonly PackedGemv? _rowProduct;

    /// <param name="sizes">Rows of A and C, the length of the sums, columns of B and C.</param>
    /// <param name="transposed">Whether B is given as [columns, depth].</param>
    /// <param name="right">B where it is constant.</param>
    /// <param name="bias">Added to each row of C where B is constant and <see cref="AddsBias"/> says so afterwards; [columns] or
    /// empty.</param>
    /// <param name="settings">Threads and memory.</param>
    public MatrixProduct((int Rows, int Depth, int Columns) sizes, bool transposed, OnnxTensor? right, ReadOnlySpan<float> bias,
        ComputeSettings settings)
    {
        (_sizes, _transposed, _settings) = (sizes, transposed, settings);
        if (right is null || IsEmpty) return;
        AddsBias = !bias.IsEmpty;
        ReadOnlySpan<float> weight = right.Floats;
        if (sizes.Rows < FewRows && !settings.PositionIndependent)
        {
            _rowProduct = new(sizes.Depth, sizes.Columns, transposed, weight, bias);
            return;
        }
        if (!transposed)
        {
            var turned = new float[weight.Length];
            StridedGather.Of([sizes.Columns, sizes.Depth], [1, sizes.Columns]).Run(weight, turned, settings);
            weight = turned;
        }
        _plan = RowsPlan(weight, bias);
    }

    /// <summary>Whether the bias is added in <see cref="Run"/>.</summary>
    public bool AddsBias { get; }

    /// <summary>Whether B is held packed, and not read again.</summary>
    public bool HoldsRight => _plan is not null || _rowProduct is not null;

    private bool IsEmpty => _sizes.Rows == 0 || _sizes.Depth == 0 || _sizes.Columns == 0;

    /// <summary>What the product is as a part of a node's computation.</summary>
    public PreparedNode Describe(NodeBody body) => new(body)
    {
        Algorithm = _plan?.Algorithm ?? "",
        Flops = 2L * _sizes.Rows * _sizes.Depth * _sizes.Columns,
        WorkspaceBytes = _plan?.WorkspaceBytes ?? 0,
        WeightBytes = _plan?.WeightBytes ?? _rowProduct?.WeightBytes ?? 0,
        Owned = this,
    };

    /// <summary>Computes it; <paramref name="right"/> is not read where <see cref="HoldsRight"/>.</summary>
    public void Run(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination)
    {
        if (_plan is not null)
        {
            _plan.Run(left, destination);
        }
        else if (_rowProduct is not null)
        {
            _rowProduct.Run(left, destination, _settings);
        }
        else if (IsEmpty)
        {
            destination.Clear();
        }
        else if (_transposed && (_sizes.Rows >= FewRows || _settings.PositionIndependent))
        {
            using Plan<float> plan = RowsPlan(right, default);
            plan.Run(left, destination);
        }
        else if ((_sizes.Rows >= FewRows && _sizes.Columns >= FewRows) || _settings.PositionIndependent)
        {
            using Plan<float> plan = ConvolutionPlan.Create<float>(
                ConvolutionGeometry.Create([1, _sizes.Depth, _sizes.Columns], [_sizes.Rows, _sizes.Depth, 1]), left, settings: _settings);
            plan.Run(right, destination);
        }
        else
        {
            RunRows(left, right, destination);
        }
    }

    public void Dispose() => _plan?.Dispose();

    // Rows of A are the places of a picture and its columns the channels: channels last.
    private Plan<float> RowsPlan(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias) => ConvolutionPlan.Create(
        ConvolutionGeometry.Create([1, _sizes.Rows, _sizes.Depth], [_sizes.Columns, _sizes.Depth, 1], layout: Layout.ChannelsLast), weight,
            bias, settings: _settings);

    private void RunRows(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination)
    {
        (int rows, int depth, int columns) = _sizes;
        fixed (float* pinnedLeft = left)
        fixed (float* pinnedRight = right)
        fixed (float* pinned = destination)
        {
            (nint a, nint b, nint c) = ((nint)pinnedLeft, (nint)pinnedRight, (nint)pinned);
            if (_transposed || columns == 1)
            {
                ParallelRanges.For(columns, _settings, (start, end) =>
                {
                    for (int column = start; column < end; column++)
                    {
                        for (int row = 0; row < rows; row++)
                            ((float*)c)[((nint)row * columns) + column] =
                                TensorPrimitives.Dot(new ReadOnlySpan<float>((float*)a + ((nint)row * depth), depth),
                                new((float*)b + ((nint)column * depth), depth));
                    }
                }, cost: rows * depth);
                return;
            }
            ParallelRanges.For(columns, _settings, (start, end) =>
            {
                for (int row = 0; row < rows; row++)
                {
                    var sums = new Span<float>((float*)c + ((nint)row * columns) + start, end - start);
                    sums.Clear();
                    for (int k = 0; k < depth; k++)
                        TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>((float*)b + ((nint)k * columns) + start, end - start),
                            ((float*)a)[((nint)row * depth) + k], sums, sums);
                }
            }, cost: rows * depth);
        }
    }
}
