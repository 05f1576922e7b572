namespace Upstride.Geometry;

/// <summary>
/// One axis of a resize: its sizes and where in the input each output lies. The places are exact rationals, except where the scale
/// itself is a single-precision number, as ONNX gives it: there they are what single precision makes of the formula, because that is
/// what every ONNX runtime computes and a nearest neighbour hangs on.
/// </summary>
public readonly record struct ResizeAxis
{
    // Positions follow _numerator/_denominator = scale, or _single where that is not zero.
    private readonly Int128 _numerator;
    private readonly Int128 _denominator;
    private readonly float _single;
    private readonly float _start;
    private readonly float _end;

    private ResizeAxis(long input, long output, Int128 numerator, Int128 denominator, float single, ResizeCoordinates coordinates,
        float start, float end)
    {
        if ((ConvTransposeAxis.AtLeastOne(nameof(input), input) ?? ConvTransposeAxis.AtLeastOne(nameof(output), output)) is { } error)
            throw new GeometryException(error);
        if (ShapeReading.NoneOf(nameof(coordinates), coordinates) is { } none) throw new GeometryException(none);
        Input = (int)input;
        Output = (int)output;
        _numerator = numerator;
        _denominator = denominator;
        _single = single;
        Coordinates = coordinates;
        _start = start;
        _end = end;
    }

    /// <summary>Elements of the input along this axis.</summary>
    public int Input { get; }

    /// <summary>Elements of the output along this axis.</summary>
    public int Output { get; }

    /// <summary>Where in the input an output lies.</summary>
    public ResizeCoordinates Coordinates { get; }

    /// <summary>Output over input as the positions see it; above 1 enlarges.</summary>
    public double Scale => _single != 0 ? _single : (double)_numerator / (double)_denominator;

    /// <summary>Whether the axis is copied as it is.</summary>
    public bool IsIdentity { get; private init; }

    /// <summary>The axis that is copied as it is.</summary>
    /// <param name="size">Elements, zero allowed.</param>
    /// <exception cref="GeometryException">A negative size.</exception>
    public static ResizeAxis Identity(long size)
    {
        if (size is < 0 or > int.MaxValue) throw new GeometryException(new("input", $"size = {size}, and must be 0 .. {int.MaxValue}"));
        // Only an axis that nobody resizes may be empty.
        return size == 0 ? default(ResizeAxis) with { IsIdentity = true }
            : new(size, size, 1, 1, 0, ResizeCoordinates.Asymmetric, 0, 1) { IsIdentity = true };
    }

    /// <summary>The axis of these sizes; the scale is exactly output/input.</summary>
    /// <param name="input">Elements of the input.</param>
    /// <param name="output">Elements of the output.</param>
    /// <param name="coordinates">Where in the input an output lies.</param>
    /// <param name="start">Start of the region of interest, as a fraction of <c>input - 1</c>; for crop and resize alone.</param>
    /// <param name="end">End of the region of interest, likewise.</param>
    /// <exception cref="GeometryException">A size below one.</exception>
    public static ResizeAxis ToSize(
        long input, long output, ResizeCoordinates coordinates = ResizeCoordinates.HalfPixel, float start = 0, float end = 1) =>
        new(input, output, output, input, 0, coordinates, start, end);

    /// <summary>
    /// The axis of <c>round(input*numerator/denominator)</c> outputs, halves up, whose positions follow that ratio: ONNX's kept aspect
    /// ratio.
    /// </summary>
    /// <exception cref="GeometryException">A size or part of the ratio below one.</exception>
    public static ResizeAxis ByRatio(
        long input, long numerator, long denominator, ResizeCoordinates coordinates = ResizeCoordinates.HalfPixel, float start = 0,
            float end = 1)
    {
        if ((ConvTransposeAxis.AtLeastOne(nameof(numerator), numerator)
            ?? ConvTransposeAxis.AtLeastOne(nameof(denominator), denominator)) is { } error)
            throw new GeometryException(error);
        Int128 output = (2 * (Int128)input * numerator + denominator) / (2 * (Int128)denominator);
        return new(input, Whole("round(input*scale)", input, $"{numerator}/{denominator}", output), numerator, denominator, 0, coordinates,
            start, end);
    }

    /// <summary>
    /// The axis of <c>floor(input*scale)</c> outputs, the product and every position in single precision: ONNX's 'scales' as ONNX Runtime
    /// computes them.
    /// </summary>
    /// <exception cref="GeometryException">A scale that is not positive and finite, or sizes out of range.</exception>
    public static ResizeAxis ByScale(
        long input, float scale, ResizeCoordinates coordinates = ResizeCoordinates.HalfPixel, float start = 0, float end = 1)
    {
        RequirePositive(scale);
        return new(input, Whole("floor(input*scale)", input, $"{scale}", Math.Floor((float)input * scale)), 0, 1, scale, coordinates, start,
            end);
    }

    /// <summary>
    /// The axis of <c>floor(input*scale)</c> outputs, the product in double precision; the positions follow the scale exactly, not
    /// output/input: PyTorch's <c>scale_factor</c> where it is not recomputed, and what double-precision data need.
    /// </summary>
    /// <param name="input">Elements of the input.</param>
    /// <param name="scale">Above 1 enlarges.</param>
    /// <param name="coordinates">Where in the input an output lies; with aligned corners the sizes alone decide, as in PyTorch.</param>
    /// <exception cref="GeometryException">A scale that is not positive and finite, or sizes out of range.</exception>
    public static ResizeAxis ByScale(long input, double scale, ResizeCoordinates coordinates = ResizeCoordinates.HalfPixel)
    {
        RequirePositive(scale);
        (Int128 numerator, Int128 denominator) = RatioOf(scale);
        return new(input, Whole("floor(input*scale)", input, $"{scale}", Math.Floor(input * scale)), numerator, denominator, 0, coordinates,
            0, 1);
    }

    /// <summary>
    /// MATLAB's axis of <c>ceil(input*scale)</c> outputs, the product in double precision; the positions follow the scale exactly.
    /// </summary>
    /// <exception cref="GeometryException">A scale that is not positive and finite, or sizes out of range.</exception>
    public static ResizeAxis Matlab(long input, double scale)
    {
        RequirePositive(scale);
        (Int128 numerator, Int128 denominator) = RatioOf(scale);
        long output = Whole("ceil(input*scale)", input, $"{scale}", Math.Ceiling(input * scale));
        return new(input, output, numerator, denominator, 0, ResizeCoordinates.HalfPixel, 0, 1);
    }

    private static (Int128 Numerator, Int128 Denominator) RatioOf(double scale)
    {
        // A double is a whole number times a power of two.
        long bits = BitConverter.DoubleToInt64Bits(scale);
        int exponent = (int)(bits >> 52) - 1075;
        Int128 mantissa = (bits & ((1L << 52) - 1)) | (1L << 52);
        if (exponent is < -84 or > 30)
            throw new GeometryException(new(nameof(scale),
                $"scale = {scale} lies outside 2^-32 .. 2^82 and cannot be followed exactly: give sizes instead"));
        return exponent < 0 ? (mantissa, (Int128)1 << -exponent) : (mantissa << exponent, 1);
    }

    /// <summary>Where in the input output <paramref name="output"/> lies.</summary>
    public ResizePosition PositionOf(int output) =>
        Output == 0 ? throw NotCreated()
        : Coordinates == ResizeCoordinates.TensorFlowCropAndResize || _single != 0
            ? ResizePosition.OfSingle(SinglePosition(output))
            : ExactPosition(output);

    /// <summary>The refusal of <c>default</c>, which is no axis, and of the outputs of an axis that has none.</summary>
    private static InvalidOperationException NotCreated() => new("the axis has no outputs: make one by ToSize, ByRatio, ByScale or Matlab");

    /// <summary>Whether output <paramref name="output"/> of a crop lies outside the input, <c>0 .. input - 1</c>.</summary>
    public bool IsOutside(int output)
    {
        if (Coordinates != ResizeCoordinates.TensorFlowCropAndResize) return false;
        float position = SinglePosition(output);
        return !(position >= 0 && position <= Input - 1);
    }

    /// <summary>
    /// The inputs whose mean is output <paramref name="output"/> of an area resize: <c>floor(o*input/output)</c> up to <c>ceil((o +
    /// 1)*input/output)</c>.
    /// </summary>
    public (int First, int End) AreaOf(int output) =>
        Output == 0
            ? throw NotCreated()
            : ((int)((long)output * Input / Output), (int)Integers.DivideUp(((long)output + 1) * Input, Output));

    private ResizePosition ExactPosition(int o)
    {
        Int128 p = _numerator, q = _denominator, middle = 2 * (Int128)o + 1;
        return Coordinates switch
        {
            ResizeCoordinates.HalfPixel => ResizePosition.OfRatio(middle * q - p, 2 * p),
            ResizeCoordinates.PyTorchHalfPixel => Output == 1 ? default : ResizePosition.OfRatio(middle * q - p, 2 * p),
            // The output is Output/(Input*p/q) times what the scale asks for; half of what is missing goes to the front.
            ResizeCoordinates.HalfPixelSymmetric => ResizePosition.OfRatio(middle * q - p + Input * p - Output * q, 2 * p),
            ResizeCoordinates.AlignCorners => Output == 1 ? default : ResizePosition.OfRatio((Int128)o * (Input - 1), Output - 1),
            ResizeCoordinates.TensorFlowHalfPixelForNearest => ResizePosition.OfRatio(middle * q, 2 * p),
            _ => ResizePosition.OfRatio(o * q, p),
        };
    }

    private float SinglePosition(int o)
    {
        float scale = (float)Scale;
        return Coordinates switch
        {
            ResizeCoordinates.HalfPixel => (o + 0.5f) / scale - 0.5f,
            ResizeCoordinates.PyTorchHalfPixel => Output == 1 ? 0 : (o + 0.5f) / scale - 0.5f,
            ResizeCoordinates.HalfPixelSymmetric => Input / 2f * (1 - Output / (scale * Input)) + (o + 0.5f) / scale - 0.5f,
            // The output before rounding, as the standard's own cases have it; ONNX Runtime takes the rounded one.
            ResizeCoordinates.AlignCorners => Output == 1 ? 0 : (float)o * (Input - 1) / (scale * Input - 1),
            ResizeCoordinates.TensorFlowHalfPixelForNearest => (o + 0.5f) / scale,
            ResizeCoordinates.TensorFlowCropAndResize => Output == 1
                ? 0.5f * (_start + _end) * (Input - 1)
                : _start * (Input - 1) + o * (_end - _start) * (Input - 1) / (Output - 1),
            _ => o / scale,
        };
    }

    private static void RequirePositive(double scale)
    {
        if (!(scale > 0) || !double.IsFinite(scale))
            throw new GeometryException(new(nameof(scale), $"scale = {scale}, and must be positive and finite"));
    }

    private static long Whole<T>(string rule, long input, string scale, T output) where T : System.Numerics.INumber<T>
    {
        if (output < T.One || output > T.CreateSaturating(int.MaxValue))
            throw new GeometryException(new(nameof(scale),
                $"the output is {rule} = {rule[..rule.IndexOf('(')]}({input}*{scale}) = {output}, and must be 1 .. {int.MaxValue}: "
                + $"choose another scale"));
        return long.CreateTruncating(output);
    }
}
