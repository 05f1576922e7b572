using System.Collections.Immutable;

namespace Upstride.Learning.Optimization;

/// <summary>
/// By how much learning rates are multiplied at each step. A schedule is a function of the step alone: it has no state to keep.
/// </summary>
public sealed class Schedule
{
    private readonly Func<long, double> _factor;

    /// <param name="factor">The factor at a step, which it gets from 0; the same at every call.</param>
    public Schedule(Func<long, double> factor)
    {
        ArgumentNullException.ThrowIfNull(factor);
        _factor = factor;
    }

    /// <summary>Always 1.</summary>
    public static Schedule Constant { get; } = new(static _ => 1);

    /// <summary>1, and <paramref name="factor"/> times what it was after each period.</summary>
    /// <param name="period">Steps.</param>
    /// <param name="factor">The ratio of neighbouring periods.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period is below 1.</exception>
    public static Schedule Step(long period, double factor = 0.1)
    {
        AtLeastOne(period, nameof(period));
        return new(step => Math.Pow(factor, step / period));
    }

    /// <summary>1, and <paramref name="factor"/> times what it was from each milestone on.</summary>
    /// <param name="milestones">Steps, rising.</param>
    /// <param name="factor">The ratio of what is after a milestone to what is before.</param>
    /// <exception cref="ArgumentException">The milestones do not rise.</exception>
    public static Schedule MultiStep(ReadOnlySpan<long> milestones, double factor = 0.1)
    {
        for (int i = 1; i < milestones.Length; i++)
            if (milestones[i] <= milestones[i - 1])
                throw new ArgumentException($"milestones = {milestones[i - 1]}, {milestones[i]}, and must rise", nameof(milestones));
        ImmutableArray<long> sorted = [.. milestones];
        return new(step => Math.Pow(factor, sorted.Count(milestone => milestone <= step)));
    }

    /// <summary>From 1 down to <paramref name="minimum"/> by half a period of the cosine, and the minimum after that.</summary>
    /// <remarks>Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017, without restarts.</remarks>
    /// <param name="steps">How many steps it takes to the minimum.</param>
    /// <param name="minimum">The last factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The steps are below 1.</exception>
    public static Schedule Cosine(long steps, double minimum = 0)
    {
        AtLeastOne(steps, nameof(steps));
        return new(step => step >= steps ? minimum : minimum + (1 - minimum) * (1 + Math.Cos(Math.PI * step / steps)) / 2);
    }

    /// <summary>As <see cref="Cosine"/>, and from 1 again whenever the minimum is reached: PyTorch's
    /// <c>CosineAnnealingWarmRestarts</c>.</summary>
    /// <remarks>Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.</remarks>
    /// <param name="period">Steps of the first fall.</param>
    /// <param name="multiplier">How much longer each fall is than the one before, a whole number.</param>
    /// <param name="minimum">What each comes near to.</param>
    /// <exception cref="ArgumentOutOfRangeException">A period or a multiplier below 1.</exception>
    public static Schedule WarmRestarts(long period, int multiplier = 1, double minimum = 0)
    {
        AtLeastOne(period, nameof(period));
        AtLeastOne(multiplier, nameof(multiplier));
        return new(step =>
        {
            long length = period, since = step;
            if (multiplier == 1) since %= period;
            else
                for (; since >= length; length *= multiplier) since -= length;
            return minimum + (1 - minimum) * (1 + Math.Cos(Math.PI * since / length)) / 2;
        });
    }

    /// <summary>
    /// From 1 / <paramref name="divisor"/> up to 1 and down to nearly nothing: PyTorch's <c>OneCycleLR</c>, with the group's rate as its
    /// <c>max_lr</c>. After the last step it stays.
    /// </summary>
    /// <remarks>Source: Smith and Topin, "Super-Convergence", 2019.</remarks>
    /// <param name="steps">Of the whole run, at least 2.</param>
    /// <param name="rising">The part of it that the rise takes: <c>pct_start</c>.</param>
    /// <param name="divisor">1 by the first factor: <c>div_factor</c>.</param>
    /// <param name="finalDivisor">The first factor by the last: <c>final_div_factor</c>.</param>
    /// <param name="linear">Whether it rises and falls evenly, and not along a cosine.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 steps, a part outside 0 .. 1, or divisors that are not above
    /// 0.</exception>
    public static Schedule OneCycle(long steps, double rising = 0.3, double divisor = 25, double finalDivisor = 1e4, bool linear = false)
    {
        if (steps < 2) throw new ArgumentOutOfRangeException(nameof(steps), steps, $"steps = {steps}, and must be at least 2");
        if (rising is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(rising), rising, $"rising = {rising}, and must be 0 .. 1");
        if (!(divisor > 0)) throw new ArgumentOutOfRangeException(nameof(divisor), divisor, $"divisor = {divisor}, and must be above 0");
        if (!(finalDivisor > 0))
            throw new ArgumentOutOfRangeException(nameof(finalDivisor), finalDivisor,
                $"finalDivisor = {finalDivisor}, and must be above 0");
        double top = rising * steps - 1, end = steps - 1, first = 1 / divisor, last = first / finalDivisor;
        return new(step => step >= end ? last : step <= top ? Between(first, 1, step / top) : Between(1, last, (step - top) / (end - top)));

        double Between(double from, double to, double fraction) =>
            linear ? from + (to - from) * fraction : to + (from - to) / 2 * (1 + Math.Cos(Math.PI * fraction));
    }

    /// <summary>Rises evenly, and goes on as <paramref name="next"/>, whose step 0 comes when 1 is reached.</summary>
    /// <param name="steps">How many steps it takes to 1.</param>
    /// <param name="next">What follows; constant where null.</param>
    /// <param name="start">The first factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The steps are below 1.</exception>
    public static Schedule WarmUp(long steps, Schedule? next = null, double start = 0)
    {
        AtLeastOne(steps, nameof(steps));
        next ??= Constant;
        return new(step => step < steps ? start + (1 - start) * step / steps : next.Factor(step - steps));
    }

    /// <summary>The factor at a step.</summary>
    /// <param name="step">The steps made before, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 0.</exception>
    public double Factor(long step) =>
        step >= 0 ? _factor(step) : throw new ArgumentOutOfRangeException(nameof(step), step, $"step = {step}, and must be at least 0");

    private static void AtLeastOne(long value, string name)
    {
        if (value < 1) throw new ArgumentOutOfRangeException(name, value, $"{name} = {value}, and must be at least 1");
    }
}
