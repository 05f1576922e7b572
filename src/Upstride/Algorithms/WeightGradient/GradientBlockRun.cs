using System.Collections.Immutable;
using System.Numerics;
using Upstride.Algorithms.Execution;
using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms.WeightGradient;

/// <summary>A run of a weight gradient block by block of the places that are summed over.</summary>
/// <param name="geometry">The problem.</param>
/// <param name="blocks">The blocks.</param>
/// <param name="threads">The most threads that work at once.</param>
/// <param name="workspaceLength">Elements of each thread's workspace.</param>
internal abstract unsafe class GradientBlockRun<T>(ConvTransposeGeometry geometry, GradientBlocks blocks, int threads, long workspaceLength)
    : TensorRun<T>(threads, workspaceLength)
    where T : unmanaged, INumber<T>
{
    private readonly ActivationStrides _input = ActivationStrides.OfInput(geometry);
    private readonly ActivationStrides _output = ActivationStrides.OfOutput(geometry);

    // For each thread where each place of its block stands in the panel.
    private readonly nint[][] _offsets = [.. Arrays.Range(0, threads).Select(_ => new nint[blocks.Places])];

    /// <summary>A thread's offsets, which <see cref="GradientBlocks.FillOffsets"/> fills.</summary>
    protected nint[] OffsetsOf(int worker) => _offsets[worker];

    /// <summary>A block's input, [tile][place][channel of the tile].</summary>
    protected void PackInput(in GradientBlock block, int channel, ImmutableArray<int> tiles, T* packed)
    {
        foreach (int rows in tiles)
        {
            for (int n = 0; n < block.Images; n++)
            for (int i0 = 0; i0 < block.Count0; i0++)
            for (int i1 = 0; i1 < block.Count1; i1++, packed += (nint)block.Count2 * rows)
            {
                RowCopy.Transpose(
                    Left + channel * _input.Channel + (block.Image + n) * _input.Image
                    + (block.First0 + i0) * _input.Depth + (block.First1 + i1) * _input.Height
                    + block.First2 * _input.Width,
                    _input.Channel, _input.Width, packed, rows, rows, block.Count2, _input.Height);
            }
            channel += rows;
        }
    }

    /// <summary>
    /// One image of a block's output of some channels, [place][channel], where each place is made of one of the input and all stand in one
    /// row.
    /// </summary>
    protected void TurnOutput(in GradientBlock block, int image, int channel, int channels, T* to, nint pitch) =>
        RowCopy.Transpose(
            Right + channel * _output.Channel + (block.Image + image) * _output.Image + block.First2 * _output.Width,
            _output.Channel, _output.Width, to, pitch, channels, block.Count2, _output.Image);

    /// <summary>A block's output of one channel in full coordinates, zeros where what was cropped would stand.</summary>
    protected void FillPanel(in GradientBlock block, int channel, T* panel)
    {
        (ConvTransposeAxis a0, ConvTransposeAxis a1, ConvTransposeAxis a2) = (blocks.Axes[0], blocks.Axes[1], blocks.Axes[2]);
        (int shift0, int shift1, int shift2) =
            (a0.OutputOf(block.First0, 0), a1.OutputOf(block.First1, 0), a2.OutputOf(block.First2, 0));
        int left = Math.Clamp(-shift2, 0, blocks.PanelWidth), right = Math.Clamp(a2.Output - shift2, left, blocks.PanelWidth);
        for (int n = 0; n < block.Images; n++)
        for (int p0 = 0; p0 < blocks.PanelDepth; p0++)
        {
            (int s0, int low) = (p0 + shift0, Math.Clamp(-shift1, 0, blocks.PanelHeight));
            int high = (uint)s0 < (uint)a0.Output ? Math.Clamp(a1.Output - shift1, low, blocks.PanelHeight) : low;
            RowCopy.Clear(panel, 1, (nint)low * blocks.PanelWidth);
            RowCopy.Clear(panel + (nint)high * blocks.PanelWidth, 1, (nint)(blocks.PanelHeight - high) * blocks.PanelWidth);
            T* from = Right + channel * _output.Channel + (block.Image + n) * _output.Image + s0 * _output.Depth
                + (low + shift1) * _output.Height + (left + shift2) * _output.Width;
            T* to = panel + (nint)low * blocks.PanelWidth;
            if (_output.Width == 1)
                PlaneCopy.Framed(from, _output.Height, to, blocks.PanelWidth, high - low, blocks.PanelWidth, left, right);
            else
            {
                for (int p1 = low; p1 < high; p1++, from += _output.Height, to += blocks.PanelWidth)
                {
                    RowCopy.Clear(to, 1, left);
                    RowCopy.Copy(from, _output.Width, to + left, 1, right - left);
                    RowCopy.Clear(to + right, 1, blocks.PanelWidth - right);
                }
            }
            panel += (nint)blocks.PanelHeight * blocks.PanelWidth;
        }
    }
}
