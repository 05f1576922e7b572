using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary>
/// <c>RoiAlign</c> (opset 10 on): for each box of input 1, [boxes, 4] as left, top, right, bottom, a grid of cells of the picture of input
/// 0 that input 2 names for it; a cell is the mean or the maximum of samples between pixels, interpolated linearly.
/// </summary>
internal sealed class RoiAlignOperator : Operator
{
    // Samples of a cell along an axis: boxes are data, and may be of any size.
    private const int MaximalSamples = 4096;

    private readonly bool _maximum;
    private readonly int _height;
    private readonly int _width;
    private readonly int _samples;
    private readonly float _scale;
    private readonly bool _halfPixel;

    public RoiAlignOperator(NodeAttributes node)
    {
        node.RequireOpset(10);
        _maximum = node.Choice("mode", "avg", ("avg", false), ("max", true));
        (_height, _width) = (node.Int32("output_height", 1), node.Int32("output_width", 1));
        _samples = node.Int32("sampling_ratio", 0);
        _scale = node.Float("spatial_scale", 1);
        _halfPixel = node.Opset >= 16 && node.Choice("coordinate_transformation_mode", "half_pixel", ("half_pixel", true),
            ("output_half_pixel", false));
        if (_height < 1 || _width < 1)
            throw node.Fault($"attributes output_height = {_height} and output_width = {_width}, and must be at least 1");
        if (_samples is < 0 or > MaximalSamples)
            throw node.Fault($"attribute sampling_ratio = {_samples}, and must be from 0 to {MaximalSamples}");
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape pictures = inputs.Float(0).Shape, boxes = inputs.Float(1).Shape;
        if (pictures.Rank != 4) throw inputs.Fault($"input 0 is {inputs[0]}, and must be [images, channels, height, width]");
        if (boxes.Rank != 2 || boxes[1] != 4) throw inputs.Fault($"the boxes are {inputs[1]}, and must be [boxes, 4]");
        if (inputs.Require(2, Storage.Integer).Shape != new TensorShape(boxes[0]))
            throw inputs.Fault($"the images of the boxes are {inputs[2]}, and must be [{boxes[0]}] for as many boxes");
        return [inputs[0].WithShape(new(boxes[0], pictures[1], _height, _width))];
    }

    public override unsafe PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape pictures = inputs.Shape(0);
        int channels = pictures[1], height = pictures[2], width = pictures[3], cells = _height * _width;
        if (outputs[0].Shape.Count == 0) return new(static _ => { });
        return new(frame =>
        {
            Box[] boxes = [.. frame.Input<float>(1).ToArray().Chunk(4).Select(box => BoxOf(box, inputs))];
            int[] images = Array.ConvertAll(frame.Input<long>(2).ToArray(), image => IndexBounds.Place(image, pictures[0], inputs));
            CancellationToken cancellation = frame.CancellationToken;
            fixed (float* input = frame.Input<float>(0), output = frame.Output<float>(0))
            {
                // Addresses as numbers: a lambda cannot hold on to what is fixed, and it is done before the memory may move.
                (nint from, nint to) = ((nint)input, (nint)output);
                ParallelRanges.For(images.Length * channels, settings, (start, end) =>
                {
                    for (int item = start; item < end; item++)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        (int box, int channel) = Math.DivRem(item, channels);
                        var plane = new ReadOnlySpan<float>((float*)from + (((nint)images[box] * channels) + channel) * height * width,
                            height * width);
                        Cells(plane, height, width, boxes[box], new((float*)to + ((nint)item * cells), cells));
                    }
                }, cost: (int)Math.Min(int.MaxValue, 64L * cells));
            }
        })
        {
            Flops = 32L * outputs[0].Shape.Count,
        };
    }

    private Box BoxOf(float[] box, NodeInputs inputs)
    {
        float moved = _halfPixel ? 0.5f : 0;
        float left = (box[0] * _scale) - moved, top = (box[1] * _scale) - moved;
        float across = (box[2] * _scale) - moved - left, down = (box[3] * _scale) - moved - top;

        // Without half pixels a box is at least a pixel large, as when the operator came.
        if (!_halfPixel) (across, down) = (Math.Max(across, 1), Math.Max(down, 1));
        float cellHeight = down / _height, cellWidth = across / _width;
        if (!(cellHeight <= MaximalSamples && cellWidth <= MaximalSamples))
            throw inputs.Fault($"a box is from {box[0]}, {box[1]} to {box[2]}, {box[3]}, and its {_height} x {_width} cells may have at "
                + $"most {MaximalSamples} pixels along an axis");
        return new(left, top, cellHeight, cellWidth, Samples(cellHeight), Samples(cellWidth));
    }

    private void Cells(ReadOnlySpan<float> plane, int height, int width, Box box, Span<float> cells)
    {
        for (int cell = 0; cell < cells.Length; cell++)
        {
            (int cellY, int cellX) = Math.DivRem(cell, _width);
            float sum = 0, largest = float.NegativeInfinity;
            for (int row = 0; row < box.Rows; row++)
            {
                float y = box.Top + (cellY * box.CellHeight) + ((row + 0.5f) * box.CellHeight / box.Rows);
                for (int column = 0; column < box.Columns; column++)
                {
                    float x = box.Left + (cellX * box.CellWidth) + ((column + 0.5f) * box.CellWidth / box.Columns);
                    (float between, float most) = Sample(plane, height, width, y, x);
                    sum += between;
                    largest = Math.Max(largest, most);
                }
            }
            int count = box.Rows * box.Columns;
            cells[cell] = count == 0 ? 0 : _maximum ? largest : sum / count;
        }
    }

    // As many samples as the cell has pixels, where none are named.
    private int Samples(float cell) => _samples > 0 ? _samples : Math.Max(0, (int)MathF.Ceiling(cell));

    // The interpolated value, and the largest of its four weighted pixels, which the maximum is taken of.
    private static (float Between, float Most) Sample(ReadOnlySpan<float> plane, int height, int width, float y, float x)
    {
        if (!(y >= -1 && y <= height && x >= -1 && x <= width)) return (0, 0);
        (y, x) = (Math.Max(y, 0), Math.Max(x, 0));
        int top = Math.Min((int)y, height - 1), left = Math.Min((int)x, width - 1);
        int bottom = Math.Min(top + 1, height - 1), right = Math.Min(left + 1, width - 1);
        float low = top == height - 1 ? 0 : y - top, far = left == width - 1 ? 0 : x - left;
        float first = (1 - low) * (1 - far) * plane[(top * width) + left], second = (1 - low) * far * plane[(top * width) + right];
        float third = low * (1 - far) * plane[(bottom * width) + left], fourth = low * far * plane[(bottom * width) + right];
        return (first + second + third + fourth, Math.Max(Math.Max(first, second), Math.Max(third, fourth)));
    }

    /// <summary>Where the cells of a box lie, and the samples of each.</summary>
    private readonly record struct Box(float Left, float Top, float CellHeight, float CellWidth, int Rows, int Columns);
}
