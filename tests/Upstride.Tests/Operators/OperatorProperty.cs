using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Upstride.Tests.Operators;

/// <summary>Runs a check over generated cases from a fixed seed, so that a failure comes back.</summary>
internal static class OperatorProperty
{
    public static void Holds<T>(Gen<T> cases, Action<T> check, int count = 200) =>
        Prop.ForAll(cases.ToArbitrary(), one =>
        {
            check(one);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(count)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(20160916, 1603079), FSharpOption<int>.None))));

    /// <summary>Whole numbers -9 .. 9, so that sums are exact.</summary>
    public static T[] Integers<T>(int count, int seed) where T : System.Numerics.INumber<T>
    {
        var random = new Random(seed);
        var values = new T[count];
        for (int i = 0; i < count; i++) values[i] = T.CreateChecked(random.Next(-9, 10));
        return values;
    }

    /// <summary>[batch, space..., channels] from [batch, channels, space...], or back.</summary>
    public static T[] MoveChannels<T>(ReadOnlySpan<T> elements, int batch, int channels, bool toLast)
    {
        var moved = new T[elements.Length];
        int plane = elements.Length == 0 ? 0 : elements.Length / (batch * channels);
        for (int n = 0; n < batch; n++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int p = 0; p < plane; p++)
                {
                    int first = (n * channels + c) * plane + p, last = (n * plane + p) * channels + c;
                    if (toLast) moved[last] = elements[first];
                    else moved[first] = elements[last];
                }
            }
        }
        return moved;
    }

    /// <summary>The shape with its channels last, from channels first.</summary>
    public static nint[] ChannelsLast(ReadOnlySpan<nint> shape) => [shape[0], .. shape[2..], shape[1]];
}
