using System.Collections.Immutable;
using Upstride.Explain.Teaching;

namespace Upstride.Explain.Scenes;

/// <summary>A transposed convolution of 4x4 taps and stride 2 that learns bilinear upsampling from pairs of pictures by gradient
/// descent.</summary>
public sealed class LearningScene
{
    internal LearningScene(Scene scene, ImmutableArray<double> errors)
    {
        Scene = scene;
        Errors = errors;
    }

    /// <summary>The kernel step by step beside the tent that it comes to.</summary>
    public Scene Scene { get; }

    /// <summary>The mean squared error before each step, and after the last.</summary>
    public ImmutableArray<double> Errors { get; }

    /// <summary>Learns.</summary>
    /// <param name="steps">Steps of gradient descent, 1 to 64.</param>
    /// <param name="seed">Of the pictures and of the first weights.</param>
    /// <param name="language">Of the texts.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another number of steps.</exception>
    public static LearningScene Create(int steps = 24, ulong seed = 1, Language language = Language.English)
    {
        var run = new LearningRun(steps, seed, language);
        while (run.Step())
        {
        }
        return run.Finish();
    }
}
