using Upstride.Geometry;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Operators.Sampling;

namespace Upstride.Onnx.Tiling.Rules;

/// <summary>A resize to sizes that are told for one size of the picture, as the ratio that they are there.</summary>
internal sealed class OpenResize(ResizeGeometry told, PictureAxes axes) : ResizingOperator
{
    public override ResizeGeometry Geometry(NodeInputs inputs) => ResizeGeometry.Create(told.Axes.Select((axis, dimension) =>
    {
        int input = inputs.Shape(0)[dimension];
        if (axes.DirectionOf(dimension) < 0 || input == axis.Input) return axis;
        return axis.IsIdentity ? ResizeAxis.Identity(input) : Scaled(inputs, axis, dimension, input);
    }), told.Method);

    private static ResizeAxis Scaled(NodeInputs inputs, ResizeAxis axis, int dimension, int input)
    {
        long output = (long)input * axis.Output;
        return output % axis.Input == 0 ? ResizeAxis.ToSize(input, output / axis.Input, axis.Coordinates)
            : throw inputs.Fault(
                $"axis {dimension} is told to become {axis.Output} of {axis.Input}, and {input} does not become a whole number");
    }
}
