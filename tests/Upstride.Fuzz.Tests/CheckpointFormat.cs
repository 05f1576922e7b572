using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;

namespace Upstride.Fuzz.Tests;

/// <summary>Checkpoints of a training run: safetensors with the states of a module, an optimizer and a random source, loaded into such a run.</summary>
internal sealed class CheckpointFormat : SafetensorsFormat
{
    public override string Name => "checkpoint";

    public override IReadOnlyList<byte[]> Seeds { get; } = [InFile(static path => Run().Save(path))];

    public override void Use(byte[] file)
    {
        string path = Path.Combine(Path.GetTempPath(), $"upstride-fuzz-{Environment.ProcessId}.safetensors");
        File.WriteAllBytes(path, file);
        try
        {
            Run().Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Checkpoint<float> Run()
    {
        var random = new RandomSource(1);
        var module = new Sequential<float>(new Conv2d<float>(1, 2, 3, random: random), new PReLU<float>(2));
        return new()
        {
            Modules = { ["net"] = module },
            Optimizers = { ["adam"] = new Adam<float>([.. module.Parameters()]) },
            Random = { ["draw"] = random },
            Position = { ["step"] = 7 },
        };
    }
}
