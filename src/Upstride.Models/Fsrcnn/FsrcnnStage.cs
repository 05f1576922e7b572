using Upstride.Geometry;
using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;

namespace Upstride.Models.Fsrcnn;

/// <summary>A layer of the network with its parameters: <c>weight</c>, <c>bias</c>, and <c>slope</c> where a PReLU is after it.</summary>
internal sealed class FsrcnnStage : Module<float>
{
    // The paper's: so small a deviation of the transposed convolution's weights that the first output is near zero.
    private const double UpsamplingDeviation = 0.001;

    // PyTorch's and the PReLU paper's first slope.
    private const float FirstSlope = 0.25f;

    private readonly FsrcnnLayer _layer;
    private readonly int _scale;
    private readonly Parameter<float> _weight, _bias, _ones;
    private readonly Parameter<float>? _slope;

    public FsrcnnStage(FsrcnnLayer layer, int scale)
    {
        _layer = layer;
        _scale = scale;
        _weight = AddParameter("weight", new(layer.WeightShape));
        _bias = AddParameter("bias", new([layer.OutputChannels]));
        int taps = layer.IsUpsampling ? Integers.DivideUp(layer.Kernel + Start, scale) : layer.Kernel;
        _ones = new(Enumerable.Repeat(1f, taps * taps).ToArray(), [1, 1, taps, taps], requiresGradient: false);
        if (!layer.IsUpsampling) _slope = AddParameter("slope", new([layer.OutputChannels]));
    }

    public override Variable<float> Forward(Variable<float> input) => _slope is null
        ? Functions.ConvTranspose(input, _weight, _bias, _scale, _layer.Padding, _scale - 1)
        : Functions.PReLU(Functions.Convolution(input, _weight, _bias, padding: _layer.Padding), _slope);

    /// <summary>The answer at each pixel to planes that are all like it: only sums of taps count.</summary>
    public Variable<float> ForwardConstant(Variable<float> input)
    {
        (nint outputs, nint inputs) = (_weight.Shape[0], _weight.Shape[1]);
        Variable<float> planes = Functions.Reshape(input.Attach(_weight), [outputs * inputs, 1, _layer.Kernel, _layer.Kernel]);
        if (_slope is not null)
            return Functions.PReLU(Functions.Convolution(input,
                Functions.Reshape(Functions.Convolution(planes, _ones), [outputs, inputs, 1, 1]), _bias), _slope);

        // Taps of one phase are the scale apart; the first phase is that of the tap at the padding.
        Variable<float> sums = Functions.Convolution(planes, _ones, padding: Start + _scale, dilation: _scale);
        for (int axis = 2; axis < 4; axis++) sums = Functions.Slice(sums, axis, _scale, _scale);
        return Functions.ConvTranspose(input, sums, _bias, _scale);
    }

    // He's for the convolutions, as the paper; but channel 0 passes the luma through, and is interpolated at the end. So the first output
    // is
    // near bilinear interpolation, and what is learned is what it lacks: from the paper's first output, near zero, high rates diverge.
    protected override void InitializeOwn(RandomSource random)
    {
        Initializer initializer = _layer.IsUpsampling ? Initializer.Normal(0, UpsamplingDeviation) : Initializer.HeNormal(FirstSlope);
        initializer.FillWeight(_layer.WeightShape, random, _weight.Values);
        _bias.Values.Clear();
        _slope?.Values.Fill(FirstSlope);

        int kernel = _layer.Kernel;
        if (_layer.IsUpsampling)
        {
            for (int tap = 0; tap < kernel * kernel; tap++) _weight.Values[tap] = Tent(tap / kernel) * Tent(tap % kernel);
            return;
        }
        _weight.Values[..(_layer.InputChannels * kernel * kernel)].Clear();
        _weight.Values[kernel * kernel / 2] = 1;
    }

    // Taps from the first of phase 0 to the kernel's first.
    private int Start => (_scale - _layer.Padding % _scale) % _scale;

    // A small pixel covers as many large ones as the scale is: the tent stands over their middle.
    private float Tent(int tap) => Math.Max(0, 1 - Math.Abs(tap - _layer.Padding - (_scale - 1) / 2f) / _scale);
}
