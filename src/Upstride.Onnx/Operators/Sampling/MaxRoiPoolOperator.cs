using System.Collections.Immutable;
using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary>
/// <c>MaxRoiPool</c>: for each box of input 1, [boxes, 5] as image, left, top, right, bottom, a grid of cells, each the maximum of the
/// pixels in it. Corners are rounded to whole pixels, both of which belong to the box (Girshick, Fast R-CNN, 2015); an empty cell is 0.
/// </summary>
internal sealed class MaxRoiPoolOperator : Operator
{
    private readonly int _height;
    private readonly int _width;
    private readonly float _scale;

    public MaxRoiPoolOperator(NodeAttributes node)
    {
        if (node.Int32s("pooled_shape") is not [>= 1 and var height, >= 1 and var width])
            throw node.Fault("attribute pooled_shape must be two numbers, rows and columns, of at least 1");
        (_height, _width) = (height, width);
        _scale = node.Float("spatial_scale", 1);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorShape pictures = inputs.Float(0).Shape, boxes = inputs.Float(1).Shape;
        if (pictures.Rank != 4) throw inputs.Fault($"input 0 is {inputs[0]}, and must be [images, channels, height, width]");
        if (boxes.Rank != 2 || boxes[1] != 5) throw inputs.Fault($"the boxes are {inputs[1]}, and must be [boxes, 5]");
        return [inputs[0].WithShape(new(boxes[0], pictures[1], _height, _width))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape pictures = inputs.Shape(0);
        int channels = pictures[1], height = pictures[2], width = pictures[3], plane = height * width, cells = _height * _width;
        return new(frame =>
        {
            ReadOnlySpan<float> source = frame.Input<float>(0), boxes = frame.Input<float>(1);
            Span<float> destination = frame.Output<float>(0);
            for (int box = 0; box < boxes.Length / 5; box++)
            {
                ReadOnlySpan<float> own = boxes.Slice(box * 5, 5);
                int image = IndexBounds.Place((long)own[0], pictures[0], inputs);
                (int First, int End)[] rows = Cells(own[2], own[4], _height, height), columns = Cells(own[1], own[3], _width, width);
                for (int channel = 0; channel < channels; channel++)
                {
                    frame.CancellationToken.ThrowIfCancellationRequested();
                    ReadOnlySpan<float> pixels = source.Slice(((image * channels) + channel) * plane, plane);
                    Span<float> target = destination.Slice(((box * channels) + channel) * cells, cells);
                    for (int cell = 0; cell < cells; cell++)
                        target[cell] = Maximum(pixels, width, rows[cell / _width], columns[cell % _width]);
                }
            }
        });
    }

    // The pixels of each cell along an axis, those outside of the picture left out.
    private (int First, int End)[] Cells(float first, float last, int count, int length)
    {
        float start = Pixel(first), size = Math.Max(1, Pixel(last) - start + 1), each = size / count;
        var cells = new (int, int)[count];
        for (int i = 0; i < count; i++)
            cells[i] = ((int)Math.Clamp(MathF.Floor(i * each) + start, 0, length),
                (int)Math.Clamp(MathF.Ceiling((i + 1) * each) + start, 0, length));
        return cells;
    }

    private float Pixel(float corner) => MathF.Round(corner * _scale, MidpointRounding.AwayFromZero);

    private static float Maximum(ReadOnlySpan<float> pixels, int width, (int First, int End) rows, (int First, int End) columns)
    {
        if (rows.First >= rows.End || columns.First >= columns.End) return 0;
        float maximum = float.NegativeInfinity;
        for (int row = rows.First; row < rows.End; row++)
            maximum = Math.Max(maximum, TensorPrimitives.Max(pixels[((row * width) + columns.First)..((row * width) + columns.End)]));
        return maximum;
    }
}
