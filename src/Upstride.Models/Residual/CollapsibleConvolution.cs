using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Randomness;
using Upstride.Models.Inference;

namespace Upstride.Models.Residual;

/// <summary>
/// A convolution that keeps the size, followed by a PReLU, whose weights are trained as a sum of two: plain ones, and the product of a wide
/// convolution and a 1x1 convolution. The sum is one convolution of the same size, and it alone is computed with, in training too: the
/// product is of weights, and costs little beside the pixels.
/// </summary>
internal sealed class CollapsibleConvolution : Module<float>
{
    // PyTorch's and the PReLU paper's first slope.
    private const float FirstSlope = 0.25f;

    // Channels between the wide convolution and the 1x1.
    private const int Wide = 128;

    // So much of He's deviation has the product at first: beside the identity of a block it is to be small.
    private const double ProductPart = 0.5;

    private readonly int _inputs, _outputs, _kernel;
    private readonly Parameter<float> _plain, _wide, _narrow;

    public CollapsibleConvolution(int inputs, int outputs, int kernel)
    {
        (_inputs, _outputs, _kernel) = (inputs, outputs, kernel);
        _plain = AddParameter("plain", new([inputs, outputs, kernel, kernel]));
        _wide = AddParameter("wide", new([inputs, Wide, kernel, kernel]));
        _narrow = AddParameter("narrow", new([outputs, Wide, 1, 1]));
        Slope = AddParameter("slope", new([outputs]));
    }

    /// <summary>A convolution of zeros.</summary>
    /// <param name="shape">[output channels, input channels, kernel, kernel].</param>
    public static CollapsibleConvolution Of(ReadOnlySpan<nint> shape) => new((int)shape[1], (int)shape[0], (int)shape[2]);

    /// <summary>[output channels].</summary>
    public Parameter<float> Slope { get; }

    /// <summary>[output channels, input channels, kernel, kernel].</summary>
    public nint[] WeightShape => [_outputs, _inputs, _kernel, _kernel];

    public override Variable<float> Forward(Variable<float> input) => Forward(input, SumOn(input));

    /// <summary>The convolution and the PReLU with weights that <see cref="SumOn"/> has formed.</summary>
    public Variable<float> Forward(Variable<float> input, Variable<float> sum) =>
        Functions.PReLU(Functions.ConvTranspose(input, sum, padding: _kernel / 2), Slope);

    // A transposed convolution of stride 1 is the convolution with the kernel turned by half a turn; it takes [input, output, kernel,
    // kernel], which is how the product comes out of a convolution that sees the wide weights as a picture for each input channel.
    /// <summary>The weights in use on a value's tape: formed once, they serve any number of times.</summary>
    public Variable<float> SumOn(Variable<float> value) =>
        Functions.Add(Functions.Convolution(value.Attach(_wide), _narrow), _plain);

    /// <summary>The weights in use, [output channels, input channels, kernel, kernel].</summary>
    public float[] Collapse()
    {
        int taps = _kernel * _kernel;
        ReadOnlySpan<float> plain = _plain.Values, wide = _wide.Values, narrow = _narrow.Values;
        var weight = new float[plain.Length];
        for (int input = 0; input < _inputs; input++)
        for (int output = 0; output < _outputs; output++)
        for (int tap = 0; tap < taps; tap++)
        {
            float sum = plain[(input * _outputs + output) * taps + tap];
            for (int channel = 0; channel < Wide; channel++)
                sum += narrow[output * Wide + channel] * wide[(input * Wide + channel) * taps + tap];
            weight[(output * _inputs + input) * taps + taps - 1 - tap] = sum;
        }
        return weight;
    }

    /// <summary>The layer in use.</summary>
    public PlaneLayer ToPlaneLayer() => PlaneLayer.Convolution(_inputs, _outputs, _kernel, Collapse(), slopes: Slope.Values);

    /// <summary>Takes weights as the plain ones; of the product nothing is left but the wide ones, as directions in which to
    /// learn.</summary>
    /// <param name="weight">[output channels, input channels, kernel, kernel].</param>
    public void Expand(ReadOnlySpan<float> weight)
    {
        int taps = _kernel * _kernel;
        _narrow.Values.Clear();
        if (!_wide.IsSet) _wide.Values.Clear();
        for (int input = 0; input < _inputs; input++)
        for (int output = 0; output < _outputs; output++)
        for (int tap = 0; tap < taps; tap++)
            _plain.Values[(input * _outputs + output) * taps + tap] = weight[(output * _inputs + input) * taps + taps - 1 - tap];
    }

    /// <summary>Takes the values in use of another of the same sizes.</summary>
    public void CopyFrom(CollapsibleConvolution other)
    {
        Expand(other.Collapse());
        other.Slope.Values.CopyTo(Slope.Values);
    }

    protected override void InitializeOwn(RandomSource random)
    {
        bool keeps = _inputs == _outputs;
        double deviation = Math.Sqrt(2 / ((1 + FirstSlope * FirstSlope) * _inputs * _kernel * _kernel));
        random.FillNormal(0, deviation, _wide.Values);
        random.FillNormal(0, (keeps ? ProductPart : 1) / Math.Sqrt(Wide), _narrow.Values);
        _plain.Values.Clear();
        int taps = _kernel * _kernel;
        for (int channel = 0; keeps && channel < _inputs; channel++) _plain.Values[channel * (_outputs + 1) * taps + taps / 2] = 1;
        Slope.Values.Fill(FirstSlope);
    }
}
