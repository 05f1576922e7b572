using System.Collections.Immutable;
using System.Globalization;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>
/// Parts of the picture side by side: a part of the output is made of those that lie in it. Every input is there with at least an element,
/// which is left out where it does not.
/// </summary>
/// <param name="axes">The axes of the picture, of all sides.</param>
/// <param name="along">The direction along which they are joined.</param>
/// <param name="lengths">How long each is.</param>
internal sealed class ConcatRule(PictureAxes axes, int along, int[] lengths) : TileRule(axes)
{
    private readonly Interval[] _places = [.. Interval.Consecutive(lengths)];

    public override Interval Needs(int input, int direction, Interval part) =>
        direction == along ? part.Clip(_places[input]).Moved(-_places[input].Start) : part;

    public override TileStep Step(int direction, Interval part, Interval taken)
    {
        if (direction != along) return new("");
        int[] taking = [.. _places.Select(place => Math.Max(0, part.Clip(place).Length))];
        return new(string.Join('+', taking.Select(static one => one.ToString(CultureInfo.InvariantCulture))), taking);
    }

    public override Operator Build(TileStep rows, TileStep columns) =>
        new PartialConcat(Output[along], (int[])(along == 0 ? rows : columns).Data!);

    // Lengths are told for one size of the picture alone.
    private sealed class PartialConcat(int axis, int[] taking) : Operator
    {
        public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
        {
            nint[] shape = [.. inputs.Shape(0).Lengths];
            shape[axis] = taking.Sum();
            return [inputs[0].WithShape(new(shape))];
        }

        public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
        {
            TensorShape[] shapes = [.. Arrays.Range(0, taking.Length).Select(inputs.Shape)];
            return outputs[0].Storage switch
            {
                Storage.Float => new(frame => Run<float>(frame, shapes)) { Flops = 0 },
                Storage.Integer => new(frame => Run<long>(frame, shapes)) { Flops = 0 },
                _ => new(frame => Run<bool>(frame, shapes)) { Flops = 0 },
            };
        }

        private void Run<T>(NodeContext frame, TensorShape[] shapes) where T : unmanaged
        {
            Span<T> destination = frame.Output<T>(0);
            int outer = shapes[0].CountOfAxes(0, axis), inner = shapes[0].CountOfAxes(axis + 1, shapes[0].Rank);
            for (int piece = 0; piece < outer; piece++)
            {
                for (int input = 0; input < taking.Length; input++)
                {
                    int run = taking[input] * inner;
                    frame.Input<T>(input).Slice(piece * shapes[input][axis] * inner, run).CopyTo(destination);
                    destination = destination[run..];
                }
            }
        }
    }
}
