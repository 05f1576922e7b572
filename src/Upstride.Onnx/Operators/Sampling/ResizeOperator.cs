using Upstride.Geometry;

namespace Upstride.Onnx.Operators.Sampling;

/// <summary><c>Resize</c> (opset 10 on): to sizes or by scales, with every way to place and to weigh the samples.</summary>
internal sealed class ResizeOperator : ResizingOperator
{
    // Opset 10 has the inputs X and scales; later ones X, roi, scales and sizes.
    private readonly bool _first;
    private readonly ResizeMethod _method;
    private readonly ResizeAspectRatio _aspectRatio;
    private readonly long[]? _axes;

    public ResizeOperator(NodeAttributes node)
    {
        _first = node.Opset < 11;
        node.RequireOpset(10);
        _method = _first
            ? new()
            {
                Mode = UpsampleOperator.ReadMode(node),
                Coordinates = ResizeCoordinates.Asymmetric,
                Nearest = ResizeNearest.CeilingWhereShrinking,
            }
            : ReadMethod(node);
        if (node.Opset < 18) return;
        _aspectRatio = node.Choice("keep_aspect_ratio_policy", "stretch",
            ("stretch", ResizeAspectRatio.Stretch), ("not_larger", ResizeAspectRatio.NotLarger),
            ("not_smaller", ResizeAspectRatio.NotSmaller));
        _axes = node.Integers("axes");
    }

    public override ResizeGeometry Geometry(NodeInputs inputs)
    {
        ReadOnlySpan<nint> shape = inputs.Shape(0).Lengths;
        if (_first) return ResizeGeometry.OnnxScales(shape, inputs.Floats(1), _method);
        ReadOnlySpan<float> roi =
            _method.Coordinates == ResizeCoordinates.TensorFlowCropAndResize && inputs.Has(1) ? inputs.Floats(1) : default;

        // What is not meant to be given may be there with no elements.
        bool scales = inputs.Has(2) && inputs.Shape(2).Count > 0, sizes = inputs.Has(3) && inputs.Shape(3).Count > 0;
        if (scales == sizes)
            throw inputs.Fault(
                $"{(scales ? "both scales and sizes" : "neither scales nor sizes")} are given, and exactly one of them must be");
        return scales
            ? ResizeGeometry.OnnxScales(shape, inputs.Floats(2), _method, roi, _axes)
            : ResizeGeometry.OnnxSizes(shape, inputs.Integers(3), _method, _aspectRatio, roi, _axes);
    }

    private static ResizeMethod ReadMethod(NodeAttributes node) => new()
    {
        Mode = node.Choice("mode", "nearest", ("nearest", ResizeMode.Nearest), ("linear", ResizeMode.Linear), ("cubic", ResizeMode.Cubic)),
        Coordinates = node.Choice("coordinate_transformation_mode", "half_pixel",
            ("half_pixel", ResizeCoordinates.HalfPixel), ("half_pixel_symmetric", ResizeCoordinates.HalfPixelSymmetric),
            ("pytorch_half_pixel", ResizeCoordinates.PyTorchHalfPixel), ("align_corners", ResizeCoordinates.AlignCorners),
            ("asymmetric", ResizeCoordinates.Asymmetric), ("tf_half_pixel_for_nn", ResizeCoordinates.TensorFlowHalfPixelForNearest),
            ("tf_crop_and_resize", ResizeCoordinates.TensorFlowCropAndResize)),
        Nearest = node.Choice("nearest_mode", "round_prefer_floor",
            ("round_prefer_floor", ResizeNearest.RoundPreferFloor), ("round_prefer_ceil", ResizeNearest.RoundPreferCeiling),
            ("floor", ResizeNearest.Floor), ("ceil", ResizeNearest.Ceiling)),
        CubicCoefficient = node.Float("cubic_coeff_a", -0.75f),
        Border = node.Flag("exclude_outside", false) ? ResizeBorder.Exclude : ResizeBorder.Replicate,
        ExtrapolationValue = node.Float("extrapolation_value", 0),
        Antialias = node.Opset >= 18 && node.Flag("antialias", false),
    };
}
