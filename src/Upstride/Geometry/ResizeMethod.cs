namespace Upstride.Geometry;

/// <summary>The values between the samples.</summary>
public enum ResizeMode
{
    /// <summary>The value of the nearest sample.</summary>
    Nearest,

    /// <summary>The straight line through the two neighbours; bilinear and trilinear over several axes.</summary>
    Linear,

    /// <summary>Keys' cubic convolution over four neighbours, with <see cref="ResizeMethod.CubicCoefficient"/>.</summary>
    Cubic,

    /// <summary>
    /// The mean of all samples between <c>floor(o*input/output)</c> and <c>ceil((o + 1)*input/output)</c>: PyTorch's 'area', adaptive
    /// average pooling.
    /// </summary>
    Area,
}

/// <summary>Where in the input an output lies; o counts outputs, scale is output/input. The names are ONNX's.</summary>
public enum ResizeCoordinates
{
    /// <summary>
    /// <c>(o + 1/2)/scale - 1/2</c>: pixels are squares, and their outer edges meet. PyTorch with align_corners false, TensorFlow 2,
    /// OpenCV, MATLAB.
    /// </summary>
    HalfPixel,

    /// <summary>
    /// As <see cref="HalfPixel"/>, shifted so that the centres of both images meet though the output was rounded to whole pixels.
    /// </summary>
    HalfPixelSymmetric,

    /// <summary>As <see cref="HalfPixel"/>, but 0 where the output has one element.</summary>
    PyTorchHalfPixel,

    /// <summary><c>o*(input - 1)/(output - 1)</c>: the centres of the corner pixels meet; 0 where the output has one element.</summary>
    AlignCorners,

    /// <summary><c>o/scale</c>: the first pixels meet. Caffe, TensorFlow 1, ONNX before opset 11.</summary>
    Asymmetric,

    /// <summary><c>(o + 1/2)/scale</c>: TensorFlow's nearest neighbour with half pixel centres.</summary>
    TensorFlowHalfPixelForNearest,

    /// <summary>
    /// From start to end of a region of interest, both as fractions of <c>input - 1</c>; what lies outside the input takes
    /// <see cref="ResizeMethod.ExtrapolationValue"/>.
    /// </summary>
    TensorFlowCropAndResize,
}

/// <summary>Which whole position is nearest. The names are ONNX's.</summary>
public enum ResizeNearest
{
    /// <summary>The closer one; halfway, the lower.</summary>
    RoundPreferFloor,

    /// <summary>The closer one; halfway, the higher.</summary>
    RoundPreferCeiling,

    /// <summary>The lower one.</summary>
    Floor,

    /// <summary>The higher one.</summary>
    Ceiling,

    /// <summary>The higher one along an axis that shrinks, the lower one elsewhere: ONNX Runtime's reading of opset 10.</summary>
    CeilingWhereShrinking,
}

/// <summary>What a filter finds beyond the border.</summary>
public enum ResizeBorder
{
    /// <summary>The border's own sample, again and again.</summary>
    Replicate,

    /// <summary>Nothing: the weights of the samples inside are divided by their sum.</summary>
    Exclude,

    /// <summary>The image mirrored, the border's sample twice.</summary>
    Reflect,
}

/// <summary>How a resize makes its values, apart from its sizes.</summary>
public sealed record ResizeMethod
{
    /// <summary>The values between the samples.</summary>
    public ResizeMode Mode { get; init; }

    /// <summary>Where in the input an output lies.</summary>
    public ResizeCoordinates Coordinates { get; init; }

    /// <summary>The rounding of <see cref="ResizeMode.Nearest"/>.</summary>
    public ResizeNearest Nearest { get; init; }

    /// <summary>
    /// Keys' a of <see cref="ResizeMode.Cubic"/>: -0.75 in PyTorch, OpenCV and by default in ONNX; -0.5, the third-order one, in
    /// TensorFlow, PIL and MATLAB.
    /// </summary>
    public double CubicCoefficient { get; init; } = -0.75;

    /// <summary>Whether linear and cubic filters are widened by 1/scale where an axis shrinks, so that no sample is passed over.</summary>
    public bool Antialias { get; init; }

    /// <summary>What linear and cubic filters find beyond the border.</summary>
    public ResizeBorder Border { get; init; }

    /// <summary>
    /// Whether each output's weights are divided by their sum, which antialiasing and <see cref="ResizeBorder.Exclude"/> do in any case.
    /// </summary>
    public bool Normalize { get; init; }

    /// <summary>The value outside the input under <see cref="ResizeCoordinates.TensorFlowCropAndResize"/>.</summary>
    public double ExtrapolationValue { get; init; }

    /// <summary>PyTorch's mode 'nearest': input <c>floor(o*input/output)</c>.</summary>
    /// <remarks>
    /// The quotient is exact here. PyTorch multiplies o by a single-precision input/output, so that where the quotient is whole, or nearly
    /// so,
    /// it may take the sample before: of 26 elements shrunk to 22, output 11 is input 13 here and 12 there. Its documents say that the mode
    /// is kept
    /// for compatibility, and that 'nearest-exact' is free of this.
    /// </remarks>
    public static ResizeMethod PyTorchNearest { get; } = new()
        { Mode = ResizeMode.Nearest, Coordinates = ResizeCoordinates.Asymmetric, Nearest = ResizeNearest.Floor };

    /// <summary>PyTorch's mode 'nearest-exact', that of PIL and scikit-image: input <c>floor((o + 1/2)*input/output)</c>.</summary>
    public static ResizeMethod PyTorchNearestExact { get; } = new()
        { Mode = ResizeMode.Nearest, Coordinates = ResizeCoordinates.TensorFlowHalfPixelForNearest, Nearest = ResizeNearest.Floor };

    /// <summary>PyTorch's mode 'area'.</summary>
    public static ResizeMethod Area { get; } = new() { Mode = ResizeMode.Area };

    /// <summary>
    /// MATLAB's imresize 'bicubic': a = -0.5, widened where the image shrinks, the border's pixels repeated. (Releases since have mirrored
    /// the image instead: <see cref="ResizeBorder.Reflect"/>; the images by which super-resolution is compared were made by repeating.)
    /// </summary>
    public static ResizeMethod MatlabBicubic { get; } = new()
    {
        Mode = ResizeMode.Cubic, CubicCoefficient = -0.5, Antialias = true, Normalize = true,
    };

    /// <summary>The refusal of a value that is none of its enumeration's; null where there is none.</summary>
    internal GeometryError? Fault() =>
        ShapeReading.NoneOf("mode", Mode) ?? ShapeReading.NoneOf("coordinates", Coordinates)
        ?? ShapeReading.NoneOf("nearest", Nearest) ?? ShapeReading.NoneOf("border", Border);

    /// <summary>PyTorch's modes 'linear', 'bilinear' and 'trilinear'.</summary>
    /// <param name="alignCorners">Whether the centres of the corner pixels meet.</param>
    /// <param name="antialias">Whether the filter is widened where an axis shrinks.</param>
    /// <exception cref="ArgumentException">
    /// Both: PyTorch then takes the scale from the corners and the positions from half pixels, and meets neither. ONNX's meaning, aligned
    /// positions under a widened filter, is <c>PyTorchLinear(alignCorners: true) with { Antialias = true }</c>.
    /// </exception>
    public static ResizeMethod PyTorchLinear(bool alignCorners = false, bool antialias = false) => alignCorners && antialias
        ? throw new ArgumentException(
            "alignCorners and antialias are both true, and PyTorch then takes the scale from the corners and the positions from half "
                + "pixels, which meets neither: choose one",
            nameof(antialias))
        : new()
    {
        Mode = ResizeMode.Linear,
        Coordinates = alignCorners ? ResizeCoordinates.AlignCorners : ResizeCoordinates.HalfPixel,
        Antialias = antialias,
        Border = antialias ? ResizeBorder.Exclude : ResizeBorder.Replicate,
    };

    /// <summary>PyTorch's mode 'bicubic': a = -0.75, and PIL's -0.5 with antialiasing.</summary>
    /// <param name="alignCorners">Whether the centres of the corner pixels meet.</param>
    /// <param name="antialias">Whether the filter is widened where an axis shrinks.</param>
    /// <exception cref="ArgumentException">Both, as for <see cref="PyTorchLinear"/>.</exception>
    public static ResizeMethod PyTorchBicubic(bool alignCorners = false, bool antialias = false) =>
        PyTorchLinear(alignCorners, antialias) with { Mode = ResizeMode.Cubic, CubicCoefficient = antialias ? -0.5 : -0.75 };
}
