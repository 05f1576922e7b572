using System.Numerics;
using Upstride.Kernels;

namespace Upstride.Algorithms;

/// <summary>An algorithm of vectors: it takes float and double elements, and refuses others.</summary>
internal abstract class VectorAlgorithm : IAlgorithm
{
    public abstract string Name { get; }

    public string? Refusal(AlgorithmProblem problem) =>
        problem.Element == typeof(float) || problem.Element == typeof(double)
            ? VectorRefusal(problem)
            : $"the elements are {problem.Element.Name}, and it computes float and double";

    public abstract double EstimateCycles(AlgorithmProblem problem);

    public virtual double PackingCycles => 0;

    PreparedAlgorithm<T> IAlgorithm.Prepare<T>(AlgorithmProblem problem, ReadOnlySpan<T> weight, Epilogue<T> epilogue)
    {
        if (typeof(T) == typeof(float))
            return (PreparedAlgorithm<T>)(object)Prepare(problem, Reinterpret.As<T, float>(weight), (Epilogue<float>)(object)epilogue);
        return (PreparedAlgorithm<T>)(object)Prepare(problem, Reinterpret.As<T, double>(weight), (Epilogue<double>)(object)epilogue);
    }

    /// <summary>As <see cref="IAlgorithm.Refusal"/>, for elements that are float or double.</summary>
    protected abstract string? VectorRefusal(AlgorithmProblem problem);

    // One method for each type, since code that was compiled ahead of time into an image (ReadyToRun) has nothing that is reached through a
    // generic virtual method alone.

    /// <summary>As <see cref="IAlgorithm.Prepare"/>, for elements that are float.</summary>
    protected abstract PreparedAlgorithm<float> Prepare(AlgorithmProblem problem, ReadOnlySpan<float> weight, Epilogue<float> epilogue);

    /// <summary>As <see cref="IAlgorithm.Prepare"/>, for elements that are double.</summary>
    protected abstract PreparedAlgorithm<double> Prepare(AlgorithmProblem problem, ReadOnlySpan<double> weight, Epilogue<double> epilogue);
}
