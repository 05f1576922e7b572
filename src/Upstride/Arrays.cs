using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Upstride;

/// <summary>
/// LINQ's operators over arrays, made at once: what code in these namespaces finds before System.Linq's, with the same results.
/// </summary>
/// <remarks>
/// System.Linq makes an iterator for each pair of types, whose methods are virtual, and code compiled ahead of time into an image
/// (ReadyToRun) has none of those over value types: each query of a program's first run was a dozen methods to compile
/// (docs/performance.md). These are one method each, which the image has.
/// </remarks>
internal static class Arrays
{
    public static TResult[] Select<T, TResult>(this T[] items, Func<T, TResult> result)
    {
        var made = new TResult[items.Length];
        for (int i = 0; i < made.Length; i++) made[i] = result(items[i]);
        return made;
    }

    public static TResult[] Select<T, TResult>(this ImmutableArray<T> items, Func<T, TResult> result) => Select(Of(items), result);

    public static TResult[] Select<T, TResult>(this T[] items, Func<T, int, TResult> result)
    {
        var made = new TResult[items.Length];
        for (int i = 0; i < made.Length; i++) made[i] = result(items[i], i);
        return made;
    }

    public static TResult[] Select<T, TResult>(this ImmutableArray<T> items, Func<T, int, TResult> result) => Select(Of(items), result);

    public static TPart[] SelectMany<T, TPart>(this T[] items, Func<T, TPart[]> parts) => Joined(Select(items, parts));

    public static TPart[] SelectMany<T, TPart>(this T[] items, Func<T, ImmutableArray<TPart>> parts) => Joined(Each(items, parts));

    public static TPart[] SelectMany<T, TPart>(this ImmutableArray<T> items, Func<T, TPart[]> parts) => Joined(Select(Of(items), parts));

    public static TPart[] SelectMany<T, TPart>(this ImmutableArray<T> items, Func<T, ImmutableArray<TPart>> parts) =>
        Joined(Each(Of(items), parts));

    public static TResult[] SelectMany<T, TPart, TResult>(this T[] items, Func<T, TPart[]> parts, Func<T, TPart, TResult> result) =>
        Paired(items, Select(items, parts), result);

    public static TResult[] SelectMany<T, TPart, TResult>(this T[] items, Func<T, ImmutableArray<TPart>> parts,
        Func<T, TPart, TResult> result) => Paired(items, Each(items, parts), result);

    public static TResult[] SelectMany<T, TPart, TResult>(this ImmutableArray<T> items, Func<T, TPart[]> parts,
        Func<T, TPart, TResult> result) => SelectMany(Of(items), parts, result);

    public static TResult[] SelectMany<T, TPart, TResult>(this ImmutableArray<T> items, Func<T, ImmutableArray<TPart>> parts,
        Func<T, TPart, TResult> result) => SelectMany(Of(items), parts, result);

    public static T[] Where<T>(this T[] items, Func<T, bool> condition)
    {
        var some = new T[items.Length];
        int count = 0;
        foreach (T item in items)
            if (condition(item)) some[count++] = item;
        if (count == some.Length) return some;
        var made = new T[count];
        Array.Copy(some, made, count);
        return made;
    }

    public static T[] Where<T>(this ImmutableArray<T> items, Func<T, bool> condition) => Where(Of(items), condition);

    public static T[] Where<T>(this T[] items, Func<T, int, bool> condition)
    {
        bool[] fulfilled = Select(items, condition);
        var made = new T[Count(fulfilled, static one => one)];
        int count = 0;
        for (int i = 0; i < items.Length; i++)
            if (fulfilled[i]) made[count++] = items[i];
        return made;
    }

    public static bool Any<T>(this T[] items, Func<T, bool> condition)
    {
        foreach (T item in items)
            if (condition(item)) return true;
        return false;
    }

    public static bool Any<T>(this ImmutableArray<T> items, Func<T, bool> condition) => Any(Of(items), condition);

    public static bool Any<T>(this T[] items) => items.Length > 0;

    public static bool All<T>(this T[] items, Func<T, bool> condition)
    {
        foreach (T item in items)
            if (!condition(item)) return false;
        return true;
    }

    public static bool All<T>(this ImmutableArray<T> items, Func<T, bool> condition) => All(Of(items), condition);

    public static int Count<T>(this T[] items, Func<T, bool> condition)
    {
        int count = 0;
        foreach (T item in items)
            if (condition(item)) count++;
        return count;
    }

    public static int Count<T>(this ImmutableArray<T> items, Func<T, bool> condition) => Count(Of(items), condition);

    public static TSum Aggregate<T, TSum>(this T[] items, TSum first, Func<TSum, T, TSum> next)
    {
        foreach (T item in items) first = next(first, item);
        return first;
    }

    public static TSum Aggregate<T, TSum>(this ImmutableArray<T> items, TSum first, Func<TSum, T, TSum> next) =>
        Aggregate(Of(items), first, next);

    public static int Sum<T>(this T[] items, Func<T, int> term)
    {
        int sum = 0;
        foreach (T item in items) sum = checked(sum + term(item));
        return sum;
    }

    public static int Sum<T>(this ImmutableArray<T> items, Func<T, int> term) => Sum(Of(items), term);

    public static long Sum<T>(this T[] items, Func<T, long> term)
    {
        long sum = 0;
        foreach (T item in items) sum = checked(sum + term(item));
        return sum;
    }

    public static long Sum<T>(this ImmutableArray<T> items, Func<T, long> term) => Sum(Of(items), term);

    public static int Sum(this int[] items)
    {
        int sum = 0;
        foreach (int item in items) sum = checked(sum + item);
        return sum;
    }

    public static int Max<T>(this T[] items, Func<T, int> value)
    {
        int most = value(First(items));
        foreach (T item in items) most = Math.Max(most, value(item));
        return most;
    }

    public static int Max<T>(this ImmutableArray<T> items, Func<T, int> value) => Max(Of(items), value);

    public static long Max<T>(this T[] items, Func<T, long> value)
    {
        long most = value(First(items));
        foreach (T item in items) most = Math.Max(most, value(item));
        return most;
    }

    public static long Max<T>(this ImmutableArray<T> items, Func<T, long> value) => Max(Of(items), value);

    public static int Max(this int[] items)
    {
        int most = First(items);
        foreach (int item in items) most = Math.Max(most, item);
        return most;
    }

    public static int Min<T>(this T[] items, Func<T, int> value)
    {
        int least = value(First(items));
        foreach (T item in items) least = Math.Min(least, value(item));
        return least;
    }

    public static int Min<T>(this ImmutableArray<T> items, Func<T, int> value) => Min(Of(items), value);

    public static int Min(this int[] items)
    {
        int least = First(items);
        foreach (int item in items) least = Math.Min(least, item);
        return least;
    }

    public static T First<T>(this T[] items) =>
        items.Length > 0 ? items[0] : throw new InvalidOperationException("Sequence contains no elements");

    public static T[] ToArray<T>(this T[] items) => (T[])items.Clone();

    /// <summary>The elements in order; those that are alike stay in theirs.</summary>
    public static T[] Sorted<T>(this T[] items, Comparison<T> compare)
    {
        T[] made = ToArray(items);
        for (int i = 1; i < made.Length; i++)
        {
            T item = made[i];
            int at = i;
            while (at > 0 && compare(made[at - 1], item) > 0) at--;
            Array.Copy(made, at, made, at + 1, i - at);
            made[at] = item;
        }
        return made;
    }

    /// <summary>The numbers from <paramref name="start"/> on.</summary>
    public static int[] Range(int start, int count)
    {
        var made = new int[count];
        for (int i = 0; i < count; i++) made[i] = start + i;
        return made;
    }

    public static T[] Repeat<T>(T item, int count)
    {
        var made = new T[count];
        for (int i = 0; i < count; i++) made[i] = item;
        return made;
    }

    private static T[][] Each<TItem, T>(TItem[] items, Func<TItem, ImmutableArray<T>> part)
    {
        var made = new T[items.Length][];
        for (int i = 0; i < made.Length; i++) made[i] = Of(part(items[i]));
        return made;
    }

    private static T[] Joined<T>(T[][] parts)
    {
        var made = new T[Length(parts)];
        int next = 0;
        foreach (T[] part in parts)
        {
            Array.Copy(part, 0, made, next, part.Length);
            next += part.Length;
        }
        return made;
    }

    private static TResult[] Paired<T, TPart, TResult>(T[] items, TPart[][] parts, Func<T, TPart, TResult> result)
    {
        var made = new TResult[Length(parts)];
        int next = 0;
        for (int i = 0; i < parts.Length; i++)
            foreach (TPart part in parts[i]) made[next++] = result(items[i], part);
        return made;
    }

    private static int Length<T>(T[][] parts)
    {
        int length = 0;
        foreach (T[] part in parts) length += part.Length;
        return length;
    }

    private static T[] Of<T>(ImmutableArray<T> items) => ImmutableCollectionsMarshal.AsArray(items)!;
}
