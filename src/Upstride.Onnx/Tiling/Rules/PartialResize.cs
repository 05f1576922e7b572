using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;
using Upstride.Operators;
using Upstride.Threading;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>A part of a resize of floating-point numbers, by the weights of its outputs.</summary>
/// <param name="passes">The axes that are resized, in the order in which they are.</param>
internal sealed class PartialResize(ImmutableArray<(int Axis, ResizeTaps Taps)> passes) : Operator
{
    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        nint[] lengths = [.. inputs.Float(0).Shape.Lengths];
        foreach ((int axis, ResizeTaps taps) in passes)
            lengths[axis] = lengths[axis] == taps.Input ? taps.Output
                : throw inputs.Fault(
                    $"axis {axis} of {inputs[0]} has length {lengths[axis]}, and the part of the resize is for {taps.Input}");
        return [inputs[0].WithShape(new(lengths))];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        ImmutableArray<nint> shape = [.. inputs.Shape(0).Lengths];
        var plans = new ObjectPool<ResizePasses<float>>(() => new(shape, passes));
        return new(frame =>
        {
            ResizePasses<float> plan = plans.Take();
            plan.Run(frame.Input<float>(0), frame.Output<float>(0));
            plans.Return(plan);
        });
    }
}
