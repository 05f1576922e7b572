using Upstride.Explain.Diagnosis;
using Upstride.Learning;
using Upstride.Learning.Layers;
using Upstride.Learning.Optimization;
using Upstride.Learning.Randomness;

namespace Upstride.Samples.Checkerboard;

/// <summary>What one way came to.</summary>
/// <param name="Name">The way.</param>
/// <param name="Psnr">Of the held-out pictures, in decibels.</param>
/// <param name="ScoreDb">Check's score of the last layer: all pairs' pattern on a flat input against their mean, by energy; null for
/// none.</param>
/// <param name="MeasuredDb">The pattern that a flat grey picture gets, measured on the whole network's output; null for none.</param>
/// <param name="Pictures">[count, 28, 28], the first held-out pictures.</param>
internal sealed record Outcome(string Name, double Psnr, double? ScoreDb, double? MeasuredDb, float[] Pictures);

/// <summary>The same decoder, from 7x7 means to 28x28 pictures, with one way of upsampling after the other.</summary>
internal static class Experiment
{
    private const int Small = 7;
    private const int Scale = Digits.Size / Small;
    private const int Batch = 16;
    private const int Wide = 24;
    private const int Narrow = 12;
    private const int Flat = 16;

    public static Outcome Run(Upsampling way, Digits digits, int held, int shown, int steps)
    {
        var (first, last) = (way.Create(Wide, Narrow), way.Create(Narrow, 1));
        var decoder = new Sequential<float>(new Conv2d<float>(1, Wide, 3, padding: 1), new ReLU<float>(), first, new ReLU<float>(), last);
        decoder.Initialize(new RandomSource(seed: 1));
        foreach (IcnrConvTranspose level in new[] { first, last }.OfType<IcnrConvTranspose>()) level.Level();
        using var tape = new Tape<float>();
        foreach (HeldConvTranspose heldBack in new[] { first, last }.OfType<HeldConvTranspose>()) heldBack.Tape = tape;
        var adam = new Adam<float>(decoder.Parameters(), learningRate: 2e-3) { Schedule = Schedule.Cosine(steps) };
        var random = new Random(1);
        int training = digits.Count - held;
        for (int step = 0; step < steps; step++)
        {
            int[] chosen = [.. Enumerable.Range(0, Batch).Select(_ => random.Next(training))];
            (float[] small, float[] large) = Pairs(digits, chosen);
            Variable<float> loss = Losses.MeanSquaredError(
                decoder.Forward(tape.Constant(small, [Batch, 1, Small, Small])),
                tape.Constant(large, [Batch, 1, Digits.Size, Digits.Size]));
            adam.ZeroGradients();
            loss.Backward();
            adam.Step();
            tape.Reset();
        }

        decoder.Eval();
        double error = 0;
        float[] pictures = [];
        for (int at = training; at < digits.Count; at += Batch)
        {
            int[] chosen = [.. Enumerable.Range(at, Math.Min(Batch, digits.Count - at))];
            (float[] small, float[] large) = Pairs(digits, chosen);
            float[] made = Forward(decoder, tape, small, chosen.Length, Small);
            for (int i = 0; i < made.Length; i++) error += Math.Pow(Math.Clamp(made[i], 0, 1) - large[i], 2);
            if (pictures.Length == 0) pictures = made[..Math.Min(made.Length, shown * Digits.Size * Digits.Size)];
        }
        double psnr = -10 * Math.Log10(error / ((double)held * Digits.Size * Digits.Size));
        float[] grey = Forward(decoder, tape, [.. Enumerable.Repeat(0.5f, Flat * Flat)], 1, Flat);
        return new(way.Name, psnr, LayerDiagnosis.Of(way.Equal(last)).MeanDb, Pattern(grey, Flat * Scale), pictures);
    }

    /// <summary>What the pictures are enlarged from, each mean as a square: [count, 28, 28].</summary>
    public static float[] Squares(Digits digits, int first, int count)
    {
        (float[] small, _) = Pairs(digits, [.. Enumerable.Range(first, count)]);
        var squares = new float[count * Digits.Size * Digits.Size];
        for (int i = 0; i < squares.Length; i++)
        {
            int n = i / (Digits.Size * Digits.Size), y = i / Digits.Size % Digits.Size, x = i % Digits.Size;
            squares[i] = small[(n * Small + y / Scale) * Small + x / Scale];
        }
        return squares;
    }

    private static float[] Forward(Module<float> decoder, Tape<float> tape, float[] small, int count, int size)
    {
        float[] made;
        using (tape.NoGradient()) made = decoder.Forward(tape.Constant(small, [count, 1, size, size])).Values.ToArray();
        tape.Reset();
        return made;
    }

    private static (float[] Small, float[] Large) Pairs(Digits digits, int[] chosen)
    {
        const int Plane = Digits.Size * Digits.Size;
        var small = new float[chosen.Length * Small * Small];
        var large = new float[chosen.Length * Plane];
        for (int n = 0; n < chosen.Length; n++)
        {
            digits.Pixels.AsSpan(chosen[n] * Plane, Plane).CopyTo(large.AsSpan(n * Plane));
            for (int i =
                0; i < Plane; i++) small[(
                n * Small + i / Digits.Size / Scale) * Small + i % Digits.Size / Scale] += large[n * Plane + i] / (Scale * Scale);
        }
        return (small, large);
    }

    // Away from the border the output of a flat input repeats with the scale: its deviation against its mean.
    private static double? Pattern(float[] picture, int width)
    {
        const int Border = 5 * Scale;
        var values = new List<double>();
        for (int y = Border; y < width - Border; y++)
            for (int x = Border; x < width - Border; x++) values.Add(picture[y * width + x]);
        double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return deviation < 1e-6 * Math.Abs(mean) ? null : 20 * Math.Log10(deviation / Math.Abs(mean));
    }
}
