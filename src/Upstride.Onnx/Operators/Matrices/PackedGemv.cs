using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;

namespace Upstride.Onnx.Operators.Matrices;

/// <summary>
/// C = A B + bias for a few rows A and a constant B, packed once: columns of B in panels, of which the sums of a row stay in registers
/// while
/// the panel is read from its beginning to its end. Columns that are too few for a panel are kept one by one, and are inner products.
/// </summary>
internal sealed unsafe class PackedGemv
{
    private readonly int _depth;
    private readonly int _columns;
    private readonly int _panels;
    private readonly float[] _packed;
    private readonly float[] _rest;
    private readonly float[] _bias;

    /// <param name="depth">Length of the sums.</param>
    /// <param name="columns">Columns of B.</param>
    /// <param name="transposed">Whether B is given as [columns, depth], and not as [depth, columns].</param>
    /// <param name="right">B.</param>
    /// <param name="bias">[columns], or empty.</param>
    public PackedGemv(int depth, int columns, bool transposed, ReadOnlySpan<float> right, ReadOnlySpan<float> bias)
    {
        (_depth, _columns) = (depth, columns);

        // A last panel that is at least half full is worth its zeros.
        _panels = (columns + (PanelWidth / 2) - 1) / PanelWidth;
        (int step, int pitch) = transposed ? (depth, 1) : (1, columns);
        _packed = new float[(long)_panels * PanelWidth * depth];
        _rest = new float[Math.Max(0, columns - (_panels * PanelWidth)) * (long)depth];
        _bias = new float[Math.Max(columns, _panels * PanelWidth)];
        bias.CopyTo(_bias);
        for (int column = 0; column < columns; column++)
        {
            bool inPanel = column < _panels * PanelWidth;
            Span<float> target = inPanel
                ? _packed.AsSpan((column / PanelWidth * PanelWidth * depth) + (column % PanelWidth))
                : _rest.AsSpan((column - (_panels * PanelWidth)) * depth);
            int stride = inPanel ? PanelWidth : 1;
            for (int k = 0; k < depth; k++) target[k * stride] = right[(column * step) + (k * pitch)];
        }
    }

    /// <summary>Bytes of the packed matrix.</summary>
    public long WeightBytes => sizeof(float) * ((long)_packed.Length + _rest.Length + _bias.Length);

    private static int PanelWidth => GemvPanel.Width;

    /// <summary>Computes it.</summary>
    /// <param name="left">[rows, depth].</param>
    /// <param name="destination">[rows, columns].</param>
    /// <param name="settings">The number of threads.</param>
    public void Run(ReadOnlySpan<float> left, Span<float> destination, ComputeSettings settings)
    {
        int rows = destination.Length / _columns;
        if (_panels == 1 || settings.Threads == 1)
        {
            for (int panel = 0; panel < _panels; panel++) RunPanel(panel, left, rows, destination);
        }
        else
        {
            fixed (float* from = left)
            fixed (float* to = destination)
            {
                (nint a, nint c, int inputs, int outputs) = ((nint)from, (nint)to, left.Length, destination.Length);
                ParallelRanges.For(_panels, settings, (start, end) =>
                {
                    for (int panel = start; panel < end; panel++) RunPanel(panel, new((float*)a, inputs), rows, new((float*)c, outputs));
                }, cost: (int)Math.Min(int.MaxValue, (long)rows * _depth * GemvPanel.Vectors));
            }
        }
        for (int column = _panels * PanelWidth; column < _columns; column++)
        {
            ReadOnlySpan<float> one = _rest.AsSpan((column - (_panels * PanelWidth)) * _depth, _depth);
            for (int row = 0; row < rows; row++)
                destination[(row * _columns) + column] = TensorPrimitives.Dot(left.Slice(row * _depth, _depth), one) + _bias[column];
        }
    }

    private void RunPanel(int panel, ReadOnlySpan<float> left, int rows, Span<float> destination)
    {
        int first = panel * PanelWidth, width = Math.Min(PanelWidth, _columns - first);
        fixed (float* packed = _packed, bias = _bias, from = left, to = destination)
            GemvPanel.Run(from, rows, _depth, packed + ((nint)first * _depth), bias + first, to + first, _columns, width);
    }
}
