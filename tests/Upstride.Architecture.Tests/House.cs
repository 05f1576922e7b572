// A small house with every kind of fault, on which the floors' check is itself checked.
#pragma warning disable IDE0130, IDE0051, CA1823, CS0169, CS0414, MA0182

namespace Upstride.Architecture.Tests.House.Attic
{
    internal class Lamp
    {
        internal static void Shine()
        {
        }
    }
}

namespace Upstride.Architecture.Tests.House.Garage
{
    internal sealed class Car;
}

namespace Upstride.Architecture.Tests.House.Cellar
{
    internal sealed class Door
    {
        private sealed class Base : Attic.Lamp;

        private sealed class Field
        {
            private readonly Attic.Lamp[]? _lamps = null;
        }

        private sealed class Signature
        {
            private static void Take(ref Attic.Lamp? lamp) => lamp = null;
        }

        private sealed class Body
        {
            private static void Switch() => Attic.Lamp.Shine();
        }

        private sealed class Generic
        {
            private static int Count() => Enumerable.Empty<Attic.Lamp>().Count();
        }

        private sealed class Neighbour
        {
            private static string Name => nameof(Garage.Car) + typeof(Garage.Car).Name;
        }
    }
}

namespace Upstride.Architecture.Tests.House.Attic
{
    internal sealed class Ladder
    {
        private static Cellar.Door? Door => null;
    }
}
