using Upstride.Learning;
using Upstride.Learning.Initialization;
using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;
using static Upstride.Architecture.Tests.PublicCalls.Spans;

namespace Upstride.Architecture.Tests.PublicCalls;

internal static partial class SpanCalls
{
    private static IEnumerable<SpanCall> Learning()
    {
        var tape = new Tape<float>();
        Variable<float> value = tape.Input(new float[12], [1, 3, 2, 2], requiresGradient: true);
        yield return SpanCall.Of(typeof(Functions), null, "Concat", 1, Of(Lengths.AtLeastOne, null, value, value));
        yield return SpanCall.Of(typeof(Functions), null, "Reshape", value, Of<nint>(Lengths.Exact, -77, 1, 3, 4));
        yield return SpanCall.Of(typeof(Gradients), null, "Of", Functions.Sum(value), Of(Lengths.Any, null, value, value));
        yield return SpanCall.Of(typeof(Losses), null, "CrossEntropy", tape.Input(new float[6], [2, 3]), Ints(2),
            Floats(3, Lengths.OrEmpty));

        yield return SpanCall.Of(typeof(Functions), null, "LayerNorm", value, Shape(3, 2, 2));
        yield return SpanCall.Of(typeof(Functions), null, "Permute", value, Of(Lengths.Exact, -77, 0, 2, 1, 3));
        yield return SpanCall.Of(typeof(Functions), null, "Embedding", tape, tape.Input(new float[6], [3, 2]), Ints(2), Shape(2));
        yield return SpanCall.Of(typeof(Functions), null, "ResizeByScale", value, Of(Lengths.Any, -77d, 1.5, 2),
            Upstride.Geometry.ResizeMethod.PyTorchNearest);
        yield return SpanCall.Of(typeof(LayerNorm<float>), null, ".ctor", Of<nint>(Lengths.AtLeastOne, -77, 3, 2));
        yield return SpanCall.Of(typeof(Permute<float>), null, ".ctor", Of(Lengths.Any, -77, 1, 0));
        yield return SpanCall.Of(typeof(Embedding<float>), new Embedding<float>(3, 2, random: new RandomSource(1)), "Forward", tape,
            Ints(2),
            Shape(2));
        foreach (Type padding in (Type[])[typeof(ZeroPad<float>), typeof(ReflectionPad<float>), typeof(ReplicationPad<float>),
            typeof(CircularPad<float>)])
            yield return SpanCall.Of(padding, null, ".ctor", Of(Lengths.AtLeastOne, 1, 1, 1));
        yield return SpanCall.Of(typeof(ConstantPad<float>), null, ".ctor", 2d, Of(Lengths.AtLeastOne, 1, 1, 1));
        yield return SpanCall.Of(typeof(Upsample<float>), null, "ByFactors", Of(Lengths.Any, -77d, 1.5, 2));

        yield return SpanCall.Of(typeof(Fans), null, "Of", Of<nint>(Lengths.AtLeastOne, -77, 4, 3, 3, 3));
        var random = new RandomSource(1);
        foreach (Initializer initializer in (Initializer[])[Initializer.PyTorch, Initializer.Bilinear, Initializer.Icnr(1),
            Initializer.Normal()])
        {
            yield return SpanCall.Of(typeof(Initializer), initializer, "FillWeight", Shape(4, 4, 3, 3), random, Floats(144));
            yield return SpanCall.Of(typeof(Initializer), initializer, "FillBias", Of<nint>(Lengths.AtLeastOne, -77, 4, 3, 3, 3), random,
                Floats(3, Lengths.Any));
        }
        yield return SpanCall.Of(typeof(RandomSource), random, "FillNormal", 0d, 1d, Floats(9, Lengths.Any));
        yield return SpanCall.Of(typeof(RandomSource), random, "FillUniform", 0d, 1d, Floats(9, Lengths.Any));
        yield return SpanCall.Of(typeof(RandomSource), random, "Shuffle", Floats(9, Lengths.Any));
        yield return SpanCall.Of(typeof(RandomSource), null, "For", 1L, Zeros(3, -77L, Lengths.Any));

        var parameter = new Parameter<float>(new float[4], [2, 2]);
        SpanArgument parameters = Of(Lengths.Any, null, parameter, parameter);
        yield return SpanCall.Of(typeof(Parameter<float>), null, ".ctor", Floats(4), Shape(2, 2));
        yield return SpanCall.Of(typeof(Parameter<float>), null, ".ctor", Of<nint>(Lengths.Any, -77, 2, 2));
        yield return SpanCall.Of(typeof(GradientClipping), null, "ByNorm", parameters, 1d);
        yield return SpanCall.Of(typeof(GradientClipping), null, "ByValue", parameters, 1d);
        SpanArgument groups = Of(Lengths.AtLeastOne, null, new ParameterGroup<float>([parameter], 0.1));
        yield return SpanCall.Of(typeof(Sgd<float>), null, ".ctor", groups);
        yield return SpanCall.Of(typeof(Adam<float>), null, ".ctor", groups);
        yield return SpanCall.Of(typeof(AdamW<float>), null, ".ctor", groups);
        yield return SpanCall.Of(typeof(NAdam<float>), null, ".ctor", groups);
        yield return SpanCall.Of(typeof(RmsProp<float>), null, ".ctor", groups);
        yield return SpanCall.Of(typeof(Schedule), null, "MultiStep", Of(Lengths.Any, -77L, 10, 20));
        yield return SpanCall.Of(typeof(Sequential<float>), null, ".ctor", Of<Module<float>>(Lengths.Any, null!, new ReLU<float>()));

        yield return SpanCall.Of(typeof(Tape<float>), tape, "Constant", Floats(4), Shape(2, 2));
        yield return SpanCall.Of(typeof(Tape<float>), tape, "Input", Floats(4), Shape(2, 2));
        yield return SpanCall.Of(typeof(Tape<float>), tape, "Input", TensorOf(12345.5f, Lengths.Any, [2, 2]));
        yield return SpanCall.Of(typeof(Tape<float>), tape, "Empty", Of<nint>(Lengths.Any, -77, 2, 2));

        yield return SpanCall.Of(typeof(SafetensorsReader), SafetensorsOf("x", 4), "Read", "x", Floats(4));
        yield return SpanCall.Of(typeof(SafetensorsWriter), (Func<object>)(static () => new SafetensorsWriter()), "Add", "y", Shape(2, 2),
            Floats(4));
        yield return SpanCall.Of(typeof(SafetensorsWriter), (Func<object>)(static () => new SafetensorsWriter()), "Add", "y",
            SafetensorsType.F32, Shape(2, 2), Zeros<byte>(16, 77));
    }

    private static SafetensorsReader SafetensorsOf(string name, int length)
    {
        var writer = new SafetensorsWriter();
        writer.Add(name, [length], (ReadOnlyMemory<float>)new float[length]);
        var stream = new MemoryStream();
        writer.Write(stream);
        stream.Position = 0;
        return new(stream, "memory");
    }
}
