using Upstride.Geometry;
using Upstride.Learning.Layers;
using Upstride.Learning.Randomness;

namespace Upstride.Learning.Tests;

public class ConvergenceTests
{
    [Fact]
    public void A_transposed_convolution_learns_bilinear_upsampling_from_data()
    {
        // Away from the border twice the bilinear resize, aligned at half pixels, is the transposed convolution with the tent (1, 3, 3,
        // 1)/4 along each axis.
        var random = new RandomSource(11);
        var layer = new ConvTranspose2d<double>(1, 1, 4, stride: 2, padding: 1, random: random);
        using var tape = new Tape<double>();
        double[] input = new double[4 * 8 * 8];
        double[] momentum = new double[17];
        for (int step = 0; step < 400; step++)
        {
            foreach (ref double value in input.AsSpan()) value = random.NextUniform(-1, 1);
            Variable<double> low = tape.Constant(input, [4, 1, 8, 8]);
            Variable<double> high = Functions.Resize(low, 16, ResizeMethod.PyTorchLinear());
            Variable<double> loss = Losses.MeanSquaredError(Inside(layer.Forward(low)), Inside(high));
            layer.ZeroGradient();
            loss.Backward();
            int place = 0;
            foreach (Parameter<double> parameter in layer.Parameters())
            {
                for (int i = 0; i < parameter.Length; i++, place++)
                {
                    momentum[place] = 0.8 * momentum[place] + parameter.Gradient!.Values[i];
                    parameter.Values[i] -= 0.8 * momentum[place];
                }
            }
            tape.Reset();
        }
        double[] tent = [0.25, 0.75, 0.75, 0.25];
        for (int row = 0; row < 4; row++)
        for (int column = 0; column < 4; column++)
            Assert.Equal(tent[row] * tent[column], layer.Weight.Values[row * 4 + column], 1e-4);
        Assert.Equal(0, layer.Bias!.Values[0], 1e-4);
    }

    private static Variable<double> Inside(Variable<double> image) => Functions.Slice(Functions.Slice(image, 2, 2, 12), 3, 2, 12);
}
