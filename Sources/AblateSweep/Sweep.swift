public enum Sweep {}
